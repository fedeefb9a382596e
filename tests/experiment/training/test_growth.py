"""A process that calls `fit` again and again stays as large as it is, with as many threads as it has."""

import json
import subprocess
import sys

import pytest

from configs.learners import LEARNERS

FITS = """
import importlib, json, os, sys, tempfile
from pathlib import Path
from configs.loading.loading import load_study
from datamodules.fold_data import fold_data
from experiment.run.framework_directory import FrameworkDirectory

room = importlib.import_module(sys.argv[1])
study = load_study(None, json.loads(sys.argv[2]))
folds = fold_data(study)

def fit(times):
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            room.fit(study, folds, FrameworkDirectory(Path(folder)))
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir("/proc/self/task"))

fit(3)  # what is imported, and made once, comes now
print(json.dumps([fit(1), fit(9)]))
"""
# Two blocks of members, where there are two cores, and a trace in either framework.
STUDY = ["folds.splits=4", "training.max_epochs=2", "training.engine=traced", "model.hidden=[96,96]"]


@pytest.mark.slow
@pytest.mark.both_rooms
@pytest.mark.skipif(sys.platform != "linux", reason="memory and threads are read from /proc")
@pytest.mark.parametrize("framework", LEARNERS)
def test_a_fit_leaves_no_thread_behind_and_less_than_a_megabyte(framework):
    command = [sys.executable, "-c", FITS, LEARNERS[framework].fit, json.dumps(STUDY)]
    (before, threads), (after, still) = json.loads(subprocess.check_output(command, text=True))
    assert still == threads
    assert after - before < 9
