"""`columns.json`: what the columns of a run's table hold, as its report shows them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from configs.errors import StudyError
from configs.files.atomic import write_json
from datamodules.checks.columns import ColumnFacts, column_facts, count_columns
from datamodules.table import Table
from experiment.run.files.reading import read_json, sealed
from experiment.run.run_directory import RunDirectory

MOST = 60
"""Columns that are kept; of a wider table, the first ones."""
CURE = "remove it; the report is then without its columns"


class KnownColumns(NamedTuple):
    """Facts of the first columns of a table, and the number of all."""

    facts: tuple[ColumnFacts, ...] = ()
    total: int = 0


class _Column(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str
    kind: str
    missing: NonNegativeInt
    values: str
    counts: list[NonNegativeInt]


def write_columns(run: RunDirectory, table: Table) -> None:
    """Write `columns.json`. Raises OSError."""
    facts = [{**vars(one), "counts": one.counts.tolist()} for one in column_facts(table, MOST)]
    write_json(run.columns, sealed({"columns": facts, "count": count_columns(table)}))


def read_columns(run: RunDirectory) -> KnownColumns:
    """Read `columns.json`; nothing if the run has none, as older ones. Raises StudyError if it is damaged."""
    if not run.columns.is_file():
        return KnownColumns()
    found = read_json(run.columns, CURE, "columns", "count")
    try:
        told = [dict(_Column.model_validate(one)) for one in found["columns"]]
        facts = tuple(ColumnFacts(**one | {"counts": np.array(one["counts"], np.int64)}) for one in told)
        return KnownColumns(facts, int(found["count"]))
    except (ValidationError, TypeError, ValueError) as error:
        cause = str(error).splitlines()[0]
        raise StudyError([f"{run.columns}: is damaged ({cause}); {CURE}"]) from error
