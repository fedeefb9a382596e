"""Every shipped study with a search, by `tune.py`, in either framework in turn."""

import json
import subprocess
import sys

import pytest

from configs.files.places import PROJECT
from configs.learners import offered
from configs.loading.loading import load_study
from experiment.search.space import check_space

SEARCHES = sorted((PROJECT / "configs").glob("search_*.yaml"))
IN_TURN = [(path, offered()[number % len(offered())]) for number, path in enumerate(SEARCHES)]


@pytest.mark.parametrize("path", SEARCHES, ids=lambda path: path.stem)
def test_a_shipped_search_tries_its_whole_space(path):
    assert check_space(load_study(path)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("path", "framework"), IN_TURN, ids=lambda value: getattr(value, "stem", value))
def test_a_shipped_search_finds_a_setting_for_each_fold(tmp_path, path, framework):
    words = [f"framework={framework}", f"output.root={tmp_path}", "search.trials=2", "training.max_epochs=1"]
    command = [sys.executable, PROJECT / "scripts" / "tune.py", path, *words, "training.batch_size=128"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    (trials,) = tmp_path.glob(f"{path.stem}/*/{framework}/trials.jsonl")
    (first, second) = map(json.loads, trials.read_text().splitlines())
    assert (first["values"], list(second["values"])) == ({}, list(load_study(path).search.space))
    assert all(len(trial["objective"]) == 10 and None not in trial["objective"] for trial in (first, second))
