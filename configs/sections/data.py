"""`data`: the table, its columns and its target."""

from typing import Literal

from pydantic import Field

from configs.types import (
    ColumnType,
    Delimiter,
    Encoding,
    Label,
    Labels,
    PathText,
    Section,
)

MISSING = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "Null", "null", "None", "-", "?")


class Data(Section):
    """Which table is read, and which column is predicted."""

    source: PathText = Field(
        "breast_cancer", description="a bundled data set, or the path of a .csv, .tsv, .parquet or .arrow file"
    )
    target: Label | None = Field(None, description="column to predict; a file needs it, a bundled data set has its own")
    task: Literal["auto", "binary", "multiclass", "regression"] = Field(
        "auto", description="what is predicted; auto looks at the target's values"
    )
    positive: Label | None = Field(
        None, description="label that counts as class 1 of a binary target; null: yes, true, 1, ..., or the rarer one"
    )
    weight: Label | None = Field(
        None, description="column of row weights >= 0, for the training loss alone; no input; null: all rows weigh 1"
    )
    drop: Labels = Field(
        (), description="columns that are left out, unread: no input, no target; one name or a list, like [id, date]"
    )
    columns: dict[Label, ColumnType] = Field(
        default_factory=dict,
        description="types of columns, like {zip: categorical, seen: date, size: [S, M, L]}; others follow the values",
    )
    missing: Labels = Field(MISSING, description="words that stand for a missing value, besides a blank; [] has none")
    encoding: Encoding = Field("utf-8", description="encoding of a text file, such as utf-16, latin-1 or cp1252")
    delimiter: Delimiter = Field("auto", description="what separates the fields of a text file; auto looks at its rows")
    decimal: Literal["auto", ".", ","] = Field(
        "auto", description="decimal mark of a text file; auto looks at its numbers"
    )
    root: PathText = Field("data", description="folder of downloaded data sets")
