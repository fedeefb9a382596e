"""The words behind the scripts that train: read alike, and wrong ones refused before anything is imported."""

import sys

import pytest

from configs.files.places import PROJECT
from scripts import learning_curve, train, tune

SCRIPTS = {"train.py": train, "tune.py": tune, "learning_curve.py": learning_curve}
each = pytest.mark.parametrize("name", SCRIPTS)


def parsed(monkeypatch, name, *words):
    monkeypatch.setattr(sys, "argv", [str(PROJECT / "scripts" / name), *words])
    return SCRIPTS[name].parse_arguments()


@each
def test_a_study_file_and_changes_may_stand_around_the_options(monkeypatch, name):
    found = parsed(monkeypatch, name, "seed=1", "--debug", "mine.yaml", "model.dropout=0")
    assert (found.study, found.debug, found.resume) == (["seed=1", "mine.yaml", "model.dropout=0"], True, None)


@each
def test_a_study_file_beside_resume_is_refused_and_a_change_of_the_devices_is_not(monkeypatch, name, capsys):
    found = parsed(monkeypatch, name, "--resume", "runs/a/b", "training.devices=2")
    assert (str(found.resume), found.study) == ("runs/a/b", ["training.devices=2"])
    with pytest.raises(SystemExit) as end:
        parsed(monkeypatch, name, "mine.yaml", "--resume", "runs/a/b")
    assert end.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"{name}: error: --resume goes on with the study of runs/a/b; drop mine.yaml"


def test_words_behind_the_sizes_are_changes_and_a_run_has_its_sizes(monkeypatch, capsys):
    found = parsed(monkeypatch, "learning_curve.py", "--sizes", "0.1", "1", "seed=1")
    assert (found.sizes, found.study) == ([0.1, 1.0], ["seed=1"])
    with pytest.raises(SystemExit):
        parsed(monkeypatch, "learning_curve.py", "--resume", "runs/a/b", "--sizes", "0.1")
    assert "not allowed with argument" in capsys.readouterr().err
