"""Rows that belong together and that the folds part are hinted at, with the column, the count and the settings."""

import shlex
from dataclasses import replace

import numpy as np
import pytest

from configs.loading.loading import load_study
from configs.sections.folds import Folds
from datamodules.checks.fold_hints import fold_hints, parted_rows
from datamodules.folds.plan import Role, plan_folds
from datamodules.schema import Column


def told(table, **folds):
    return fold_hints(table, plan_folds(table, Folds(**{"splits": 3} | folds), 0))


def test_equal_rows_on_both_sides_of_a_fold_are_counted_and_kept_together_by_the_settings_that_are_told(make_table):
    table = make_table([0, 1] * 30)
    features = table.features.copy()
    features[1::2] = features[::2]
    doubled = replace(table, features=features)
    roles = plan_folds(doubled, Folds(splits=3), 0).roles
    train, later = roles == Role.train, roles > Role.train
    parted = [((train[:, i] & later[:, i + 1]) | (later[:, i] & train[:, i + 1])).any() for i in range(0, 60, 2)]
    count = 2 * sum(parted)
    (line,) = told(doubled)
    assert count > 30
    assert line == (
        f"hint: made: {count} rows have the same inputs as a row on the other side of a fold, which a network can "
        "memorise; "
        "folds.method=auto folds.group=duplicates keeps equal rows together"
    )
    grouped = replace(table, features=features, groups=np.arange(60, dtype=np.int32) // 2)
    plan = plan_folds(grouped, Folds(splits=3), 0)
    assert parted_rows(grouped.groups, plan) == 0
    assert told(grouped) == []
    assert told(table) == []


@pytest.mark.parametrize(
    "name", ["pid", "patient_id", "Individual ID", "subject", "id", "customerID", "user id", "id (yes: 1)", "a#b id"]
)
def test_an_identifier_that_repeats_is_named(make_table, name):
    table = make_table([0, 1] * 30, columns=("a", name, "c"))
    features = table.features.copy()
    features[:, 1] = np.arange(60) // 3
    (line,) = told(replace(table, features=features))
    assert line.startswith(f"hint: made: column '{name}' has 20 distinct values in 60 rows, as an identifier")
    (word,) = [word for word in shlex.split(line) if word.startswith("folds.group=")]
    assert load_study(None, [word]).folds.group == name


def test_an_identifier_whose_rows_no_fold_parts_is_no_hint(make_table):
    table = make_table([0, 1] * 30, columns=("a", "pid", "c"))
    features = table.features.copy()
    features[:, 1] = np.arange(60) // 3
    repeating = replace(table, features=features)
    together = plan_folds(replace(repeating, groups=np.arange(60, dtype=np.int32) // 3), Folds(splits=3), 0)
    assert fold_hints(repeating, together) == []


@pytest.mark.parametrize("name", ["age", "width", "humid", "identity", "grid", "patients_per_day"])
def test_a_measured_column_is_no_identifier(make_table, name):
    table = make_table([0, 1] * 30, columns=("a", name, "c"))
    features = table.features.copy()
    features[:, 1] = np.arange(60) // 3
    assert [line for line in told(replace(table, features=features)) if "identifier" in line] == []


def test_a_date_is_named_unless_the_folds_are_in_time(make_table):
    table = make_table([0, 1] * 30)
    schema = (Column("a", "a", "numeric"), Column("seen.days", "seen", "date"), Column("c", "c", "numeric"))
    dated = replace(table, schema=schema, columns=("a", "seen.days", "c"))
    (line,) = told(dated)
    assert "column 'seen' has 60 dates, and the folds mix earlier and later rows" in line
    assert "folds.method=time_series folds.time=seen" in line
    assert told(dated, method="time_series", time="seen") == []
    assert told(dated, method="time_series") == [line]  # the file is not in the order of the dates
    features = dated.features.copy()
    features[[3, 7], 1] = np.nan
    (line,) = told(replace(dated, features=features))
    assert "column 'seen' has 58 dates" in line
    assert line.endswith("folds.time=seen, without the 2 rows that have no date")
