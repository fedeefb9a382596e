"""Implementation of `check_data.py`: read the table as a study would, and print what is known of it."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console

from configs.loading.loading import load_study
from configs.schema import Study
from configs.sections.data import Data
from configs.shown import shown
from datamodules.checks.columns import column_facts
from datamodules.checks.describe import describe_table
from datamodules.checks.fold_hints import fold_hints
from datamodules.checks.hints import hints
from datamodules.checks.sources import CURE
from datamodules.fold_data import grouped_table
from datamodules.folds.method import describe_method, settled
from datamodules.folds.obstacles import most_folds
from datamodules.folds.plan import Role, plan_folds
from datamodules.reading.files.formats import read_file
from datamodules.reading.frames import table_of
from datamodules.reading.loading import dataset_names
from datamodules.table import Table
from experiment.run.exit_codes import DONE
from reporting.tables.columns_table import BLOCKS, columns_table
from scripts.commands.guard import guarded

NO_TARGET = "target=COLUMN adds classes, folds, and doubts about single columns"


def run_check(arguments: argparse.Namespace) -> int:
    """Check the table; every error becomes one line for each problem, and an exit code."""
    return guarded(lambda: _run(arguments), arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    started = time.perf_counter()
    words = [f"data.{word}" if word.startswith("target=") else word for word in arguments.overrides]
    study = load_study(None, [f"data.source={arguments.source}", "baselines=[]", *words])
    known = study.data.target is not None or study.data.source in dataset_names()
    table = grouped_table(study) if known else _without_target(study.data)
    _show_columns(table)
    if table.note:
        print(shown(f"note: {table.name}: {table.note}"))
    if known:
        _show_target(study, table)
    else:
        print(NO_TARGET)
    print(f"checked in {time.perf_counter() - started:.1f} s")
    return DONE


def _without_target(data: Data) -> Table:
    """The table of a file whose target is not known: every column is a feature."""
    raw = read_file(Path(data.source), data, {*data.drop, *data.columns})
    name = "target"
    while name in raw.frame.columns:
        name += "_"
    frame = raw.frame.with_columns(pl.Series(name, np.arange(raw.frame.height) % 2))
    table = table_of(replace(raw, frame=frame), data.model_copy(update={"target": name}), None)
    return replace(table, note="")


def _show_columns(table: Table) -> None:
    encoding = sys.stdout.encoding or "ascii"
    try:
        BLOCKS.encode(encoding)
        blocks = True
    except (UnicodeEncodeError, LookupError):
        blocks = False
    print(shown(f"{table.name}: {table.rows:,} rows"))
    Console().print(columns_table(column_facts(table), blocks))
    if table.sources:
        print(CURE)


def _show_target(study: Study, table: Table) -> None:
    """The target, how the rows are split, the largest number of folds, and the warnings."""
    print(describe_table(replace(table, sources=(), note="")))
    folds = settled(study.folds, table)
    if line := describe_method(study.folds, table):
        print(line)
    plan = plan_folds(table, study.folds, study.seed)
    rows = np.flatnonzero(plan.roles[0] != Role.test)
    most, reason = most_folds(table, rows, folds)
    cause = f"since the table {reason} outside the held-out test set"
    print(f"folds: {len(plan.members)} are made; at most {most:,}, {cause}")
    for line in [*hints(table, plan), *fold_hints(table, plan)]:
        print(line)
