"""What a training says before the first epoch: what was read, how it is split, and which rows the folds part."""

import gc
import shlex
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from configs.files.places import PROJECT
from configs.loading.loading import load_study
from datamodules.fold_data import grouped_table
from experiment.run.exit_codes import DONE
from scripts.commands.train import begin

pytestmark = pytest.mark.needs("lightning")
CASES = PROJECT / "tests" / "datamodules" / "cases"


@pytest.fixture
def said(monkeypatch, capsys, tmp_path):
    """What `train.py` prints of a study before it trains; nothing is trained."""
    monkeypatch.setattr("experiment.training.children.started", lambda *_: nullcontext({}))
    monkeypatch.setattr("experiment.conduct.conduct", lambda *_: SimpleNamespace(exit_code=DONE))

    def begun(*words):
        begin(load_study(None, [*words, "framework=lightning", "baselines=[]", f"output.root={tmp_path}"]), False)
        gc.unfreeze()
        return capsys.readouterr().out.splitlines()

    return begun


def test_of_the_default_study_one_line_is_said(said):
    assert said() == ["folds: stratified by class (folds.method: auto is stratified here)"]


def test_what_was_read_of_a_file_is_said_in_short(said):
    first, classes, *_ = said(f"data.source={CASES / '13_yes_blank.csv'}", "data.target=y", "folds.splits=3")
    assert first.startswith("13_yes_blank.csv: 60 rows, ")
    assert first.endswith("binary target 'y'")
    assert classes.startswith("classes: ")


def test_an_identifier_that_repeats_and_equal_rows_are_a_line_each_with_keys_that_train(said):
    words = (f"data.source={CASES / '35_patients.csv'}", "data.target=y", "folds.splits=3")
    hints = [line for line in said(*words) if line.startswith("hint: ")]
    equal, identifier = hints
    assert "rows have the same inputs as a row on the other side of a fold" in equal
    assert "column 'pid' has 30 distinct values in 90 rows, as an identifier that repeats" in identifier
    for hint, groups in ((equal, 30), (identifier, 30)):
        keys = [word for word in shlex.split(hint) if word.startswith("folds.")]
        assert len(set(grouped_table(load_study(None, [*words, *keys])).groups)) == groups
        assert not [line for line in said(*words, *keys) if line.startswith("hint: ")]


def test_a_date_is_a_line_with_keys_that_put_the_rows_in_time(said, tmp_path):
    rows = [f"2020-{row % 12 + 1:02d}-{row % 28 + 1:02d},{row * 7 % 50}.5,{row % 2}" for row in range(60)]
    (tmp_path / "visits.csv").write_text("\n".join(["seen on,x,y", *rows]))
    words = (f"data.source={tmp_path / 'visits.csv'}", "data.target=y", "folds.splits=3")
    (hint,) = [line for line in said(*words) if line.startswith("hint: ")]
    assert "column 'seen on' has 60 dates, and the folds mix earlier and later rows" in hint
    keys = shlex.split(hint.rpartition(": ")[2])
    assert keys == ["folds.method=time_series", "folds.time=seen on"]
    assert not [line for line in said(*words, *keys) if line.startswith("hint: ")]
