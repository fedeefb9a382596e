"""A search that is killed at random moments, and begun again each time, beside one that is left alone.

Usage: python tests/law/killed.py FRAMEWORK FOLDER KILLS; prints how often it was killed.
The framework is imported once: each search is a fork of this process.
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


def killed_again_and_again(framework: str, root: Path, kills: int, seconds: float) -> int:
    """Kill searches in `root`, each begun where the last one was left, until one ends; how many were killed."""
    stream = np.random.default_rng(len(framework))
    for kill in range(kills):
        number, deadline = begin(framework, root), time.monotonic() + stream.uniform(0.03, 0.2) * seconds
        while time.monotonic() < deadline:
            if os.waitpid(number, os.WNOHANG)[0]:
                return kill
            time.sleep(0.002)
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
    _, code = os.waitpid(begin(framework, root), 0)
    assert code == 0
    return kills


if __name__ == "__main__":
    name, folder, kills = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    import_module(FITS[name])
    started = time.monotonic()
    assert os.waitpid(begin(name, folder / "whole" / name), 0)[1] == 0
    print(killed_again_and_again(name, folder / "killed" / name, kills, time.monotonic() - started))
