"""`schema.json`: columns, types and levels that a run was trained on, to which new data is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from configs.errors import StudyError
from configs.files.atomic import write_json
from datamodules.schema import Column, Source, all_numeric
from datamodules.table import Table
from experiment.run.files.reading import read_json, sealed
from experiment.run.run_directory import RunDirectory


@dataclass(frozen=True)
class TableSchema:
    """What a run was trained on.

    Attributes:
        target: name of the column that is predicted.
        task: binary, multiclass or regression.
        classes: by index, of two the positive one last; `()` for a regression.
        columns: of the features, in the order of the network's inputs.
        sources: columns of the file, those that were left out, too; `()` of a bundled data set.
        note: how the file was read.
    """

    target: str
    task: Literal["binary", "multiclass", "regression"]
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    sources: tuple[Source, ...] = ()
    note: str = ""

    @property
    def formats(self) -> dict[str, str]:
        """How dates and numbers were written, of each column of which that is known; see `Source.format`."""
        return {source.name: source.format for source in self.sources if source.format}


def write_schema(run: RunDirectory, table: Table) -> None:
    """Write `schema.json`. Raises OSError."""
    schema = TableSchema(table.target, table.task, table.classes, table.schema, table.sources, table.note)
    write_json(run.schema, sealed(asdict(schema)))


def read_schema(run: RunDirectory) -> TableSchema | None:
    """Read `schema.json`; None if the run has none, as those of version 0.1. Raises StudyError if it is damaged."""
    if not run.schema.is_file():
        return None
    keys = ("target", "task", "classes", "columns", "sources", "note")
    found = read_json(run.schema, "start a new run", *keys)
    try:
        return TypeAdapter(TableSchema).validate_python({key: found[key] for key in keys})
    except (ValidationError, AssertionError) as error:
        cause = str(error).splitlines()[0]
        raise StudyError([f"{run.schema}: is damaged ({cause}); start a new run"]) from error


def columns_of(run: RunDirectory, names: Sequence[str]) -> tuple[tuple[Column, ...], dict[str, str]]:
    """Types of the columns `names`, the inputs of a run's networks, and formats of dates and numbers.

    Raises StudyError if `schema.json` has other columns.
    """
    schema = read_schema(run)
    if schema is None:
        return all_numeric(names), {}
    if tuple(column.name for column in schema.columns) != tuple(names):
        raise StudyError([f"{run.schema}: has other columns than the networks; start a new run"])
    return schema.columns, schema.formats
