"""Time of the parts of a study with one worker and with two, each with one thread on a core of its own."""

import os
import tempfile
import time
from pathlib import Path

from benchmarks.cases.emit import case_parser, case_study, emit
from configs.learners import LEARNERS
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from experiment.launchers.local import LocalWorkers
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from experiment.training.workers.part_training import StackFit
from experiment.training.workers.sharing import CORES

WORKERS = (1, 2)
# Parts of some seconds each, so that what is around them counts for little.
STUDY = ("folds.repeats=2", "stack.size=5", "training.max_epochs=2000", "output.tensorboard=false")


def train(study: Study, folds: FoldData, workers: LocalWorkers) -> float:
    """Seconds of all parts of `study`, by `workers`."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        fit_stacks(study, folds, FrameworkDirectory(Path(folder)), _unused, workers=workers)
        return time.perf_counter() - started


def pin(workers: LocalWorkers) -> None:
    """Put all threads of each worker on one core, where the system can."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    for worker in workers.alive.values():
        for thread in Path(f"/proc/{worker.process.pid}/task").glob("*"):
            os.sched_setaffinity(int(thread.name), {cores[worker.number % len(cores)]})


def _unused(*_: object) -> StackFit:
    raise AssertionError


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    os.environ[CORES] = "1"
    studies = {count: case_study([*STUDY, f"training.devices={count}", *arguments.overrides]) for count in WORKERS}
    folds = fold_data(studies[1])
    first = {"training": studies[1].training.model_copy(update={"max_epochs": 1})}
    pools = {count: LocalWorkers(arguments.framework, study, debug=False) for count, study in studies.items()}
    seconds: dict[str, list[float]] = {str(count): [] for count in WORKERS}
    try:
        for pool in pools.values():  # imports, and the net check
            train(studies[1].model_copy(update=first), folds, pool)
            pin(pool)
        for _ in range(arguments.rounds):
            for count, pool in pools.items():
                seconds[str(count)].append(train(studies[count], folds, pool))
    finally:
        for pool in pools.values():
            pool.close()
    emit({"seconds": seconds, "parts": -(-len(folds.members) // 5)})
