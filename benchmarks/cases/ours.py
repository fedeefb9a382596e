"""All folds at once: the public `fit` of one framework, with everything that a run does around the epochs."""

import gc
import tempfile
import time
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.cases.emit import case_parser, case_study, emit
from configs.learners import LEARNERS
from datamodules.fold_data import FoldData, fold_data
from datamodules.folds.plan import Role
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.session import predicted_rows


def areas(folds: FoldData, logits: list[NDArray[np.float32]]) -> list[float]:
    """AUROC of each member on its scored rows, from its logits for the judged rows."""
    found = []
    for roles, rows, values in zip(folds.plan.roles, predicted_rows(folds), logits, strict=True):
        scored = roles[rows] == Role.scored
        found.append(float(roc_auc_score(folds.table.targets[rows[scored]], values[scored, 0])))
    return found


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=LEARNERS, required=True)
    arguments = parser.parse_args()
    room = import_module(LEARNERS[arguments.framework].fit)
    gc.freeze()  # as a run does
    study = case_study(arguments.overrides)
    folds = fold_data(study)
    folds = folds if arguments.folds is None else folds.subset(arguments.folds)
    started = time.perf_counter()
    checked = room.check(study, folds)  # as a run does, while the other framework is imported
    check_seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        result = room.fit(study, folds, FrameworkDirectory(Path(folder)), checked)
        seconds = time.perf_counter() - started
    steps = result.timing["optimizer_steps"]
    emit({"seconds": seconds, "check_seconds": check_seconds, "steps": steps, "auroc": areas(folds, result.logits)})
