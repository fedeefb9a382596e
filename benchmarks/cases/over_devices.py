"""A run on one device and on two, which share its parts: largest difference of a logit, seconds of the fit."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases.emit import case_parser, emit
from configs.files.places import PROJECT
from configs.learners import LEARNERS
from evaluation.predictions import read_predictions

# Parts of five members: as many for one device as for two, so that the bits are the same.
STUDY = ("folds.splits=10", "stack.size=5", "baselines=[]", "output.tensorboard=false")


def trained(framework: str, device: str, count: int, overrides: list[str]) -> tuple[np.ndarray, float]:
    """Logits of a run on `count` devices, and the seconds of its fit. Raises RuntimeError if the run fails."""
    with tempfile.TemporaryDirectory() as folder:
        own = [f"framework={framework}", f"training.accelerator={device}", f"training.devices={count}"]
        command = [sys.executable, str(PROJECT / "scripts" / "train.py"), *STUDY, *own, *overrides]
        done = subprocess.run([*command, f"output.root={folder}"], cwd=PROJECT, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{count} devices: {done.stderr.strip()[-500:]}")
        (learner,) = Path(folder).glob(f"*/*/{framework}")
        timing: dict[str, Any] = json.loads((learner / "fits.json").read_text())["timing"]
        return read_predictions(learner / "predictions.parquet").logits, timing["fit_seconds"]


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu")
    arguments = parser.parse_args()
    (one, alone), (two, shared) = (
        trained(arguments.framework, arguments.device, count, arguments.overrides) for count in (1, 2)
    )
    emit({"value": float(np.abs(one - two).max()), "seconds": {"1": alone, "2": shared}})
