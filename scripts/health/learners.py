"""Learners: whether their rooms and packages are here, and ten steps of a training in each."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from configs.learners import BASELINES, LEARNERS, Learner, absence
from scripts.health.findings import Finding

PROJECT = Path(__file__).resolve().parents[2]
STEPS = 10
SECONDS = 300.0
# Two folds of the bundled table have 242 training rows each: ten batches of 25.
TINY = (
    "data.source=breast_cancer", "folds.splits=2", "folds.test_fraction=0", "training.batch_size=25",
    "training.max_epochs=1", "output.tensorboard=false",
)  # fmt: skip


def learners() -> list[Learner]:
    """All that the table has, the baselines last."""
    return [*LEARNERS.values(), BASELINES]


def presence(learner: Learner, probe: dict[str, Any]) -> Finding | None:
    """A fault if a learner's room or package is not here, or cannot be imported; None if it can be tried."""
    if absent := absence(learner.name):
        return Finding("warning", learner.name, absent.partition(";")[0], absent.partition("; ")[2])
    if error := probe.get("error"):
        others = " or ".join(f"framework={one.name}" for one in LEARNERS.values() if one != learner)
        cure = f"run `make setup`, or train with {others}" if others else "run `make setup`"
        return Finding("fault", learner.name, f"cannot be imported ({error})", cure)
    return None


def ten_steps(learner: Learner) -> Finding:
    """Train a tiny study of ten steps with the learner, by `train.py`, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = ["framework=none", "baselines=logistic_regression"]
        own = chosen if learner == BASELINES else [f"framework={learner.name}", "baselines=[]"]
        command = [sys.executable, str(PROJECT / "scripts" / "train.py"), *TINY, *own, f"output.root={folder}"]
        started = time.perf_counter()
        try:
            done = subprocess.run(
                command, cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return Finding(
                "fault", learner.name, f"{STEPS} steps are not done in {SECONDS:.0f} s", "run it on a quiet machine"
            )
        seconds = time.perf_counter() - started
        if done.returncode != 0:
            last = "".join(done.stderr.strip().splitlines()[-1:]) or "without a word"
            text = f"{STEPS} steps end with {done.returncode}: {last}"
            return Finding("fault", learner.name, text, f"python scripts/train.py {' '.join(own)} --debug shows more")
        return Finding("ok", learner.name, f"{_trained(Path(folder), learner)}, {seconds:.1f} s in all")


def _trained(folder: Path, learner: Learner) -> str:
    """What was trained, by the run's own record."""
    if learner == BASELINES:
        return "logistic_regression fitted on 2 folds"
    (path,) = folder.glob(f"*/*/{learner.name}/fits.json")
    timing = json.loads(path.read_text())["timing"]
    return f"{timing['optimizer_steps']} steps on {timing['device']}, a report is written"
