"""Searches that are killed at random moments, and begun again each time, beside one that is left alone.

Usage: python tests/law/killed.py FRAMEWORK FOLDER KILLS. A search that ends is followed by another one, until there
were so many kills. The framework is imported once: each search is a fork of this process.
"""

import functools
import json
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np
from trajectory import FITS

from configs.loading.loading import load_study
from datamodules.fold_data import fold_data
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search.conducting import search
from experiment.training.workers import parts
from experiment.training.workers.several import in_turn

SEARCH = {
    "space": {
        "optimizer.learning_rate": [0.003, 0.01],
        "model.hidden": [[8], [6, 4], [5]],
        "model.dropout": [0.1, 0.3],
    },
    "oracle": "grid",
    "trials": 10,
}
STUDY = (
    "folds.splits=4", "training.max_epochs=25", "training.early_stopping={patience: 6}", "stack.size=8",
    "baselines=[]", "model.hidden=[8]", f"search={json.dumps(SEARCH)}",
)  # fmt: skip


def begin(framework: str, root: Path) -> int:
    """Fork a process that searches; its number. A state is saved after every epoch."""
    root.mkdir(parents=True, exist_ok=True)
    if number := os.fork():
        return number
    code = 1
    try:
        parts.Checkpoints = functools.partial(parts.Checkpoints, every_seconds=0.0)
        study = load_study(None, STUDY)
        code = search(in_turn(import_module(FITS[framework]).fit), study, fold_data(study), FrameworkDirectory(root))
    finally:
        os._exit(code)


def kill_again_and_again(framework: str, root: Path, kills: int, seconds: float) -> None:
    """Kill searches in `root/0`, `root/1`, ..., each begun where it was left, so many times; then let the last end."""
    stream, ended = np.random.default_rng(len(framework)), 0
    while kills:
        number = begin(framework, root / str(ended) / framework)
        if ends_within(number, stream.uniform(0.03, 0.2) * seconds):
            ended += 1
            continue
        os.kill(number, signal.SIGKILL)
        assert os.WTERMSIG(os.waitpid(number, 0)[1]) == signal.SIGKILL
        kills -= 1
    assert os.waitpid(begin(framework, root / str(ended) / framework), 0)[1] == 0


def ends_within(number: int, seconds: float) -> bool:
    """Whether a process ends within so many seconds; it may not fail."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        process, code = os.waitpid(number, os.WNOHANG)
        if process:
            assert code == 0
            return True
        time.sleep(0.002)
    return False


if __name__ == "__main__":
    name, folder, kills = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    import_module(FITS[name])
    started = time.monotonic()
    assert os.waitpid(begin(name, folder / "whole" / name), 0)[1] == 0
    kill_again_and_again(name, folder / "killed", kills, time.monotonic() - started)
