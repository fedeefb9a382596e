"""What is odd about the data is told where the reader of a run looks."""

import re

import numpy as np
import polars as pl
import pytest
from small import small

from datamodules.fold_data import fold_data
from experiment.conduct import prepare
from experiment.results.hints import keep_hints, read_hints, warnings_of
from experiment.results.judging import judge, judge_again
from experiment.results.outcome import Outcome
from experiment.results.report_file import write_report
from experiment.training.child import train
from experiment.training.fitting import fit_stacks

LEAK = "warning: own.csv: column 'later' (AUROC 1.0000): alone predicts 'ill' nearly perfectly"


@pytest.fixture
def begun(tmp_path):
    """A run of a table with a leak, a repeated column and numbers of the rows, and its data."""
    draw, ill = np.random.default_rng(0), np.arange(120) // 2 % 2
    age = draw.normal(size=120)
    columns = {"number": 1 + 2 * np.arange(120), "age": age, "later": 3.0 * ill, "same": age}
    pl.DataFrame(columns | {"ill": np.where(ill, "yes", "no")}).write_csv(tmp_path / "own.csv")
    words = ("framework=both", "name=own", f"data.source={tmp_path / 'own.csv'}", "data.target=ill")
    study, folds = small(f"output.root={tmp_path}", *words)
    return prepare(study, ["train.py"]), study, folds


@pytest.mark.both_rooms
def test_every_hint_is_kept_and_logged_once_for_each_framework(begun):
    run, study, folds = begun
    lines = keep_hints(run, study, folds)
    assert [line.partition(" ")[0] for line in lines] == ["warning:", "hint:", "hint:", "note:"]
    for line, words in zip(lines, (LEAK, "column 'number'", "column 'same'", "'yes' is the positive"), strict=True):
        assert words in line
    assert run.hints.read_text().splitlines() == lines == read_hints(run) == keep_hints(run, study, folds)
    assert warnings_of(lines) == lines[:1]
    for name in ("lightning", "tensorflow"):
        logged = run.framework(name).log.read_text().splitlines()
        assert [re.sub(r"^\S+ \S+ ", "", line) for line in logged] == lines


def test_the_report_has_them_and_begins_with_the_warning(begun, pretend):
    run, study, folds = begun
    directory = run.framework("lightning")
    train(lambda *parts: fit_stacks(*parts, pretend()), study, fold_data(study), directory)
    write_report(Outcome(run, {"lightning": judge(study, directory)}), study)
    assert "column 'later'" not in (run.root / "report.md").read_text()
    lines = keep_hints(run, study, folds)
    write_report(Outcome(run, {"lightning": judge_again(study, directory)}), study)
    short, _, rest = (run.root / "report.md").read_text().partition("## All numbers")
    assert short.index("* **warning** ") < short.index("column 'later' (AUROC 1.0000)") < short.index("| AUROC |")
    assert "column 'same'" not in short
    assert all(line.partition(";")[0] in rest for line in lines)
    page = (run.root / "report.html").read_text()
    assert page.count("column &#39;later&#39; (AUROC 1.0000)") == 2
