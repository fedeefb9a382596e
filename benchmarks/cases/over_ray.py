"""Time of the parts of a study by two workers and by two actors of a local Ray, each with one thread."""

import os
import tempfile
import time
from pathlib import Path

from benchmarks.cases.emit import case_parser, case_study, emit
from configs.learners import LEARNERS
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from experiment.launchers.local import LocalWorkers
from experiment.launchers.ray import RayWorkers
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import Workers, fit_stacks
from experiment.training.workers.part_training import StackFit
from experiment.training.workers.sharing import CORES

# Four parts for two devices, so that each of them takes a second one.
STUDY = ("folds.repeats=2", "stack.size=5", "output.tensorboard=false", "training.devices=2")
PROBED = 200
"""Epochs of the training that says how many a part needs."""


def of_epochs(study: Study, epochs: int) -> Study:
    """The `study` with so many epochs."""
    return study.model_copy(update={"training": study.training.model_copy(update={"max_epochs": epochs})})


def train(study: Study, folds: FoldData, workers: Workers, framework: str) -> float:
    """Seconds of all parts of `study`, by `workers`."""
    with tempfile.TemporaryDirectory() as folder:
        directory = FrameworkDirectory(Path(folder) / framework)
        directory.root.mkdir()
        started = time.perf_counter()
        fit_stacks(study, folds, directory, _unused, workers=workers)
        return time.perf_counter() - started


def _unused(*_: object) -> StackFit:
    raise AssertionError


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--part-seconds", type=float, default=10.0, help="about how long a part trains")
    arguments = parser.parse_args()
    os.environ[CORES] = "1"
    study = case_study([*STUDY, *arguments.overrides])
    folds, pools, starts = fold_data(study), dict[str, LocalWorkers | RayWorkers](), dict[str, float]()
    seconds: dict[str, list[float]] = {"local": [], "ray": []}
    try:
        for name, kind in (("local", LocalWorkers), ("ray", RayWorkers)):
            started = time.perf_counter()
            pools[name] = kind(arguments.framework, study, debug=False)
            train(of_epochs(study, 1), folds, pools[name], arguments.framework)  # imports, and the net check
            starts[name] = time.perf_counter() - started
        parts = -(-len(folds.members) // 5)
        probe = train(of_epochs(study, PROBED), folds, pools["local"], arguments.framework) / (parts / 2)
        epochs = max(1, round(PROBED * arguments.part_seconds / probe))
        for _ in range(arguments.rounds):
            for name, pool in pools.items():
                seconds[name].append(train(of_epochs(study, epochs), folds, pool, arguments.framework))
    finally:
        for pool in pools.values():
            pool.close()
    each = min(seconds["local"]) / (parts / 2)
    emit({"seconds": seconds, "parts": parts, "part_seconds": each, "start": starts})
