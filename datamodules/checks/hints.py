"""Hints about a table: constant, repeated and identifier columns, leakage, label variants; they stop no run."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from configs.loading.yaml_data import dump
from configs.shown import shown
from datamodules.checks.extremes import extreme_columns, extreme_target
from datamodules.checks.fold_hints import fold_hints
from datamodules.checks.leaks import FEW, leaking_columns
from datamodules.folds.plan import FoldPlan, Role
from datamodules.table import Table, spread

WARNING = "warning: "
"""Prefix of a line that puts the result in doubt; others begin with `hint: ` or `note: `."""
SHOWN = 5
SAMPLED = 1000
MANY = 1000
"""Fewest distinct whole numbers of an identifier: as many measured ones would spread over half a million."""


def remarks(table: Table, plan: FoldPlan) -> list[str]:
    """The hints, the most severe first, and the table's own note."""
    return [
        *hints(table, plan),
        *fold_hints(table, plan),
        *([shown(f"note: {table.name}: {table.note}")] if table.note else []),
    ]


def hints(table: Table, plan: FoldPlan) -> list[str]:
    """A line for each kind of column that should perhaps be dropped, and for labels that may be the same.

    Each has place, cause and cure; a line on target leakage, and one on an extreme value, begins with `WARNING`.
    Leakage is tested outside the held-out test set alone.
    """
    rows = np.flatnonzero(plan.roles[0] != Role.test)
    sample = table.features[spread(np.arange(table.rows), SAMPLED)]
    constant = _constant(table, sample)
    measure = "Spearman" if table.task == "regression" else "AUROC"
    telling = {column: f" ({measure} {size:.4f})" for column, size in leaking_columns(table, rows).items()}
    first = _repeated(table, sample, constant)
    repeated = {column: f" (as '{table.columns[first[column]]}')" for column in _of_numbers(table, first)}
    constant, identifiers = _of_numbers(table, constant), _of_numbers(table, _identifiers(table, sample))
    kinds: dict[str, Mapping[int, str]] = {
        f"alone predicts '{table.target}' nearly perfectly, as a column recorded after the outcome does": telling,
        "another whole number in every row, as an identifier has": dict.fromkeys(identifiers, ""),
        "not more than one value as float32, which tells nothing": dict.fromkeys(constant, ""),
        "the same values as another column": repeated,
    }
    lines = [_line(table, cause, found) for cause, found in kinds.items() if found]
    if telling:
        lines[0] = WARNING + lines[0].removeprefix("hint: ")
    return [shown(line) for line in [*_extremes(table, sample), *lines, *_labels(table)]]


def _extremes(table: Table, sample: NDArray[np.float32]) -> list[str]:
    """A warning for each kind of extreme value: in columns, and in the target."""
    extreme = extreme_columns(table, sample)
    found = {
        column: f" ({extreme[column][1]:.4g} in row {extreme[column][0]}, counted from 0)"
        for column in _of_numbers(table, extreme)
    }
    cause = "a value far beyond all others, which hardly differ beside it once scaled; correct or remove it, or"
    lines = [_line(table, cause, found).replace(f"{cause};", cause)] if found else []
    if target := extreme_target(table):
        place = f"target '{table.target}' ({target[1]:.4g} in row {target[0]}, counted from 0)"
        lines.append(
            f"hint: {table.name}: {place}: a value far beyond all others, which decides the loss alone; correct it"
        )
    return [WARNING + line.removeprefix("hint: ") for line in lines]


def _labels(table: Table) -> list[str]:
    """A line for each label that is written in several ways."""
    written = defaultdict(list)
    for name in table.classes:
        written[" ".join(name.casefold().split())].append(f"'{name}'")
    cure = f"are classes of '{table.target}' that differ in case or blanks alone; write them alike, if they are one"
    return [f"hint: {table.name}: {', '.join(names)} {cure}" for names in written.values() if len(names) > 1]


def _line(table: Table, cause: str, found: Mapping[int, str]) -> str:
    """`hint: patients.csv: column 'id': another whole number in every row, ...: 'data.drop=[id]' leaves it out`."""
    named = [f"'{table.columns[column]}'{remark}" for column, remark in found.items()]
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    place = f"column{'s' if len(named) > 1 else ''} {', '.join(named[:SHOWN])}{more}"
    return f"hint: {table.name}: {place}: {cause}; {_cure(table, list(found))}"


def _cure(table: Table, columns: list[int]) -> str:
    """The override for the command line, which repeats the columns that are dropped already."""
    if len(columns) > SHOWN:
        return "data.drop leaves them out"
    names = dump(list(dict.fromkeys([*table.dropped, *(table.schema[column].source for column in columns)])))
    override = f"data.drop={' '.join(line.strip() for line in names.splitlines())}"
    return f"{shlex.quote(override)} leaves {'it' if len(columns) == 1 else 'them'} out"


def _of_numbers(table: Table, columns: Iterable[int]) -> list[int]:
    """Those of the columns that hold numbers: a code is none, and a date may well lie in a single year."""
    return [column for column in columns if table.schema[column].kind == "numeric"]


def _constant(table: Table, sample: NDArray[np.float32]) -> list[int]:
    """Columns with a single distinct value, missing ones ignored; `sample` rules out nearly all that vary."""
    candidates = np.flatnonzero(_varies_not(sample))
    return candidates[_varies_not(table.features[:, candidates])].tolist()


def _varies_not(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """`(rows, columns)` -> `(columns,)`; missing values are ignored."""
    return ~(np.fmin.reduce(features, axis=0) < np.fmax.reduce(features, axis=0))


def _identifiers(table: Table, sample: NDArray[np.float32]) -> list[int]:
    """Columns of whole numbers that all differ, and are in order, close together or many."""
    if table.rows < FEW:
        return []
    differ = (np.diff(np.sort(sample, axis=0), axis=0) > 0).all(axis=0)
    candidates = np.flatnonzero(differ & (sample == np.rint(sample)).all(axis=0))
    return [column for column in candidates.tolist() if _identifies(table.features[:, column])]


def _identifies(column: NDArray[np.float32]) -> bool:
    values = np.sort(column)
    if not (np.array_equal(column, np.rint(column)) and (np.diff(values) > 0).all()):
        return False
    in_order = np.array_equal(column, values) or np.array_equal(column, values[::-1])
    return in_order or values[-1] - values[0] < 2 * len(values) or len(values) >= MANY


def _repeated(table: Table, sample: NDArray[np.float32], constant: list[int]) -> dict[int, int]:
    """The first column of the same values, by the column that repeats it; `sample` rules out nearly all."""
    varying = sorted({*range(table.num_columns)}.difference(constant))
    keys = {column: sample[:, column].tobytes() for column in varying}
    alike = Counter(keys.values())
    candidates = [column for column, key in keys.items() if alike[key] > 1]
    digests = {column: sha256(table.features[:, column].tobytes()).digest() for column in candidates}
    first = {digest: column for column, digest in reversed(digests.items())}
    return {column: first[digest] for column, digest in digests.items() if first[digest] != column}
