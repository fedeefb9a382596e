"""Time of metrics, event files and checkpoints in a fit, by timing the methods that a callback or a hook calls."""

import tempfile
import time
from importlib import import_module
from pathlib import Path

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.stopwatch import Stopwatch
from configs.learners import LEARNERS
from datamodules.fold_data import fold_data
from experiment.record.history import History
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.session import Session


def watch(stopwatch: Stopwatch, framework: str) -> None:
    """Time the methods of each part: metrics are what the validation adds to its forward pass."""
    for owner, name, part in [(History, "write", "events"), (History, "close", "events"), (Session, "save", "saving")]:
        stopwatch.watch(owner, name, part)
    if framework == "lightning":
        from lightning_mods.module import FoldModule as Folds
        from lightning_mods.stack.metrics import MemberMetrics

        stopwatch.watch(MemberMetrics, "update", "metrics")
        stopwatch.watch(Folds, "validation_step", "validation")
    else:
        from tf_models.module import FoldModel as Folds

        stopwatch.watch(Folds, "get_metrics_result", "metrics")
        stopwatch.watch(Folds, "evaluate", "validation")
    stopwatch.watch(Folds, "record", "metrics")
    stopwatch.watch(Folds, "keep_best", "saving")


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    study = case_study(arguments.overrides)
    folds, room = fold_data(study), import_module(LEARNERS[arguments.framework].fit)
    checked = room.check(study, folds)  # as a run does, while the other framework is imported
    stopwatch, rounds = Stopwatch(), []
    watch(stopwatch, arguments.framework)
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            room.fit(study, folds, FrameworkDirectory(Path(folder)), checked)
            rounds.append({"fit": time.perf_counter() - started} | stopwatch.take())
    emit({"rounds": rounds})
