"""`scripts/check_data.py`: what a table holds, before anything is trained."""

import subprocess
import sys

import numpy as np
import pytest

from configs.files.places import PROJECT
from configs.sections.data import Data
from datamodules.checks.columns import BINS, column_facts
from datamodules.reading.loading import load_table
from reporting.tables.columns_table import histogram


def check(*words, **settings):
    command = [sys.executable, str(PROJECT / "scripts" / "check_data.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, **settings)


@pytest.fixture
def patients(tmp_path):
    """120 visits of 40 patients: a number with a gap, a word, a copy of the target, and an identifier that repeats."""
    random, path = np.random.default_rng(0), tmp_path / "patients.csv"
    ages, target = random.integers(20, 80, 120), np.arange(120) % 4 == 0
    lines = ["age,town,score,pid,relapse"]
    for row, (age, ill) in enumerate(zip(ages, target, strict=True)):
        town = ("Rome", "Oslo", "Bonn")[row % 3]
        lines.append(f"{'' if row == 7 else age},{town},{int(ill) + row / 1000},p{row // 3},{'yes' if ill else 'no'}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.both_rooms
def test_columns_classes_folds_and_doubts_are_told(patients):
    said = check(patients, "target=relapse")
    assert (said.returncode, said.stderr) == (0, "")
    rows = {line.split()[0]: line for line in said.stdout.splitlines() if line.startswith(" ") and line.strip()}
    assert rows["age"].split()[1:3] == ["numeric", "1"]
    assert "Bonn 40, Oslo 40, Rome 40" in rows["town"]
    assert "classes: no 90, yes 30 (positive)" in said.stdout
    assert (
        "folds: 10 are made; at most 24, since the table has 24 rows of class 'yes' outside the held-out test set"
        in said.stdout
    )
    assert "column 'score' (AUROC 1.0000): alone predicts 'relapse' nearly perfectly" in said.stdout
    assert "column 'pid' has 40 distinct values in 120 rows" in said.stdout
    assert "folds.group=pid keeps its rows together" in said.stdout
    assert max(map(len, said.stdout.split("another type")[0].splitlines())) <= 80


@pytest.mark.both_rooms
def test_without_a_target_every_column_is_shown_and_the_rest_is_asked_for(patients):
    said = check(patients)
    assert (said.returncode, said.stderr) == (0, "")
    assert "relapse" in said.stdout
    assert "target=COLUMN adds classes" in said.stdout
    assert "hint:" not in said.stdout


def test_a_terminal_without_blocks_gets_digits(patients):
    said = check(patients, env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"})
    assert said.returncode == 0
    assert said.stdout.isascii()
    assert "999" in said.stdout


@pytest.mark.both_rooms
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("nothing.csv",), "there is no file 'nothing.csv'"),
        (("iris", "target=colour"), "data.target: iris predicts 'species'"),
        (("iris", "folds.splits=1"), "override folds.splits=1: must be >= 2"),
        (("iris", "folds.splits=500"), "40 is the largest that works, received 500"),
    ],
)
def test_what_cannot_be_trained_on_is_one_line(words, line):
    said = check(*words)
    assert said.returncode == 2
    assert line in said.stderr
    assert said.stderr.count("\n") == 1


def test_the_facts_of_a_column_are_numpys():
    table = load_table(Data(source="penguins"))
    facts = {one.name: one for one in column_facts(table)}
    values = table.features[:, table.columns.index("body_mass_g")]
    known = values[np.isfinite(values)].astype(float)
    mass = facts["body_mass_g"]
    np.testing.assert_array_equal(mass.counts, np.histogram(known, BINS)[0])
    assert (mass.kind, mass.missing, mass.values) == ("numeric", 2, "2700 to 6300")
    assert facts["island"].values == "Biscoe 168, Dream 124, Torgersen 52"
    assert facts["sex"].missing == 11
    assert histogram(facts["island"]) == "█▆▃"
    assert len(histogram(mass)) == BINS
