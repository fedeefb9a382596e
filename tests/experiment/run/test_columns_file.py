"""What the columns of a table hold is kept with a run, and told on its page."""

import json

import numpy as np
import polars as pl
import pytest
from small import small

from configs.errors import StudyError
from datamodules.checks.columns import column_facts
from experiment.conduct import prepare
from experiment.results.hints import keep_hints
from experiment.run.files.columns_file import MOST, read_columns
from reporting.page.sections.data import data_blocks
from reporting.page.sections.record import Record

pytestmark = pytest.mark.needs("lightning")


@pytest.fixture
def begun(tmp_path):
    """A run of a table with a column of every kind and many more, and its data."""
    draw = np.random.default_rng(0)
    columns = {
        "who": [f"id-{number}" for number in range(120)],
        "sex": np.where(np.arange(120) % 3 > 0, "f", "m"),
        "age": [None, *draw.normal(50, 9, 119)],
        "ill": np.where(np.arange(120) // 2 % 2, "yes", "no"),
    }
    columns |= {f"x{number}": draw.normal(size=120) for number in range(MOST)}
    pl.DataFrame(columns).write_csv(tmp_path / "own.csv")
    words = ("framework=lightning", f"data.source={tmp_path / 'own.csv'}", "data.target=ill")
    study, folds = small(f"output.root={tmp_path}", *words)
    run = prepare(study, ["train.py"])
    keep_hints(run, study, folds)
    return run, folds


def test_the_facts_of_the_first_columns_are_kept(begun):
    run, folds = begun
    known, expected = read_columns(run), column_facts(folds.table)
    assert known.total == len(expected) == 3 + MOST
    assert len(known.facts) == MOST
    for one, other in zip(known.facts, expected, strict=False):
        assert (one.name, one.kind, one.missing, one.values) == (other.name, other.kind, other.missing, other.values)
        np.testing.assert_array_equal(one.counts, other.counts)


def test_the_page_has_a_row_for_each_of_them(begun):
    known = read_columns(begun[0])
    record = Record("", "", {}, "", hints=("hint: odd",), columns=known.facts, column_count=known.total)
    hints, grid = data_blocks(record)
    assert hints.items == [("Hints", ("hint: odd",))]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in grid.rows}
    assert rows["who"] == ["left out", "", "identifier: another value in every row", ""]
    assert rows["sex"] == ["categorical", "", "f 80, m 40", "█▄"]
    assert rows["age"][:2] == ["numeric", "1"]
    assert grid.note.startswith("1 column left out. And 3 columns more. Histograms: ")
    assert data_blocks(record._replace(hints=(), columns=())) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["columns"][0].update(counts=["1"]),
        lambda told: told["columns"][0].pop("kind"),
        lambda told: told.update(columns=3),
        lambda told: told.update(count=None),
    ],
)
def test_a_forged_file_is_one_line(begun, change):
    run, _ = begun
    told = json.loads(run.columns.read_text())
    change(told)
    del told["digest"]
    run.columns.write_text(json.dumps(told))
    with pytest.raises(StudyError) as error:
        read_columns(run)
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"{run.columns}: is damaged (")
    assert line.endswith("; remove it; the report is then without its columns")
