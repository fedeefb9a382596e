"""Loader of a study's `data.source`: the name of a module in `datamodules/datasets`, or the path of a file."""

from __future__ import annotations

import importlib
import traceback
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from configs.errors import StudyError, place_in
from configs.files.places import FILES, data_folder, is_path
from configs.sections.data import Data
from datamodules.checks.values import check_table
from datamodules.reading.columns.target import positive_last
from datamodules.reading.data_frames import polars_frame
from datamodules.reading.drops import drop_problems, used_columns, weight_problems, without
from datamodules.reading.files.formats import RawTable, read_file
from datamodules.reading.frames import group_indices, table_of, weight_values
from datamodules.reading.names import unknown_column
from datamodules.table import Table

__all__ = ["check_table", "dataset_names", "frame_table", "load_table"]


def dataset_names() -> list[str]:
    """Valid names of `data.source`: the modules of `datamodules/datasets`."""
    folder = Path(__file__).parents[1] / "datasets"
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def load_table(data: Data, group: str | None = None) -> Table:
    """Load the table of a study. `group` names the column of `Table.groups`, which is no feature.

    Raises:
        StudyError: there is no such data set, or the file is not a table that can be trained on.
    """
    if data.source in dataset_names():
        return _as_asked(_data_set(data), data, group)
    if not is_path(data.source):
        close = get_close_matches(data.source, dataset_names(), n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        known = f"known: {', '.join(dataset_names())}; or a path that ends in {FILES}"
        raise StudyError([f"data.source: unknown data set '{data.source}'{hint} ({known})"])
    wanted = {name for name in (data.target, group, data.weight, *data.drop, *data.columns) if name is not None}
    return table_of(read_file(Path(data.source), data, wanted), data, group)


def frame_table(frame: Any, data: Data, group: str | None = None) -> Table:
    """The table of a data frame of pandas, polars, pyarrow or another that narwhals knows, read as a file would be.

    `data.source` is its name in messages, like `patients`.

    Raises:
        StudyError: it is no data frame, or not one that can be trained on.
    """
    return table_of(RawTable(polars_frame(frame, data.source)), data, group)


def _data_set(data: Data) -> Table:
    """The table of a file in `datamodules/datasets`. Raises StudyError with the line of that file that is wrong."""
    file = f"datamodules/datasets/{data.source}.py"
    try:
        module = importlib.import_module(f"datamodules.datasets.{data.source}")
        if not hasattr(module, "load"):
            raise StudyError([f"{file}: there is no function load(root)"])
        table = module.load(data_folder(data.root))
    except StudyError:
        raise
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        if isinstance(error, AssertionError):  # of `Table`
            cause = f"a Table needs {traceback.extract_tb(error.__traceback__)[-1].line}".replace("assert self.", "")
        cure = "fix that, or run again with --debug for the traceback"
        raise StudyError([f"{place_in(file, error)}: {cause}; {cure}"]) from error
    if not isinstance(table, Table):
        raise StudyError([f"{file}: load must return a Table, received {type(table).__name__}"])
    return table


def _as_asked(table: Table, data: Data, group: str | None) -> Table:
    """A bundled table as the study has its positive class, groups, weights and columns; target and task are its own."""
    problems = []
    if data.target not in (None, table.target):
        problems.append(f"data.target: {table.name} predicts '{table.target}'; drop the key, received '{data.target}'")
    if data.task not in ("auto", table.task):
        problems.append(f"data.task: {table.name} is {table.task}; set it to auto, received '{data.task}'")
    if group is not None and table.groups is not None:
        problems.append(f"folds.group: {table.name} has its own groups; drop the key, received '{group}'")
    elif group is not None and group not in table.columns:
        problems.append(unknown_column("folds.group", group, table.name, table.columns))
    if data.columns:
        problems.append(f"data.columns: {table.name} is bundled, and its columns have their types; drop the key")
    if data.weight is not None and data.weight not in (table.target, *table.columns):
        problems.append(unknown_column("data.weight", data.weight, table.name, table.columns))
    problems += weight_problems(data.weight, table.target, group)
    used = used_columns(table.target, group, data.weight)
    problems += drop_problems(data.drop, table.name, table.columns, used)
    if problems:
        raise StudyError(problems)
    if data.positive is not None:
        indices = table.targets.astype(np.int32)
        classes, indices = positive_last(table.classes, indices, data.positive, table.task)
        table = replace(table, classes=classes, targets=indices)
    if group is not None:
        groups = group_indices(_column(table, group), table.name)
        table = replace(without(table, [group]), groups=groups)
    if data.weight is not None:
        weights = weight_values(_column(table, data.weight), table.name)
        table = replace(without(table, [data.weight]), weights=weights)
    return replace(without(table, data.drop), dropped=data.drop)


def _column(table: Table, name: str) -> pl.Series:
    return pl.Series(name, table.features[:, table.columns.index(name)], nan_to_null=True)
