"""Members that differ in every per-member setting, as one stack and each trial alone by its own study.

Usage: python tests/law/settings.py FRAMEWORK OUT.npz key=value ...
"""

import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from trajectory import FITS

from configs.loading.loading import load_study
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from experiment.rules.compaction import Compaction
from experiment.rules.trials import with_trials
from experiment.run.framework_directory import FrameworkDirectory

COMMON = ("folds.splits=3", "folds.test_fraction=0", "output.tensorboard=false")
TRIALS = {
    7: (
        "optimizer.learning_rate=0.05", "optimizer.weight_decay=0.01", "optimizer.clip_norm=null", "model.dropout=0.2",
        "training.loss={name: cross_entropy, label_smoothing: 0.0}", "training.max_epochs=7",
        "training.early_stopping={patience: 9, min_delta: 0.0}", "optimizer.schedule=constant",
    ),
    3: (
        "optimizer.learning_rate=0.01", "optimizer.weight_decay=0.0", "optimizer.clip_norm=0.5", "model.dropout=0.5",
        "training.loss={name: cross_entropy, label_smoothing: 0.2}", "training.max_epochs=5",
        "training.early_stopping={patience: 8, min_delta: 0.001}", "optimizer.schedule={name: cosine, warmup: 0.2}",
    ),
    0: (
        "optimizer.learning_rate=0.02", "optimizer.weight_decay=0.1", "optimizer.clip_norm=0.1", "model.dropout=0.0",
        "training.loss={name: cross_entropy, label_smoothing: 0.1}", "training.max_epochs=6",
        "training.early_stopping={patience: 1, min_delta: 0.02}", "optimizer.schedule=linear",
    ),
}  # fmt: skip


def trained(framework: str, study: Study, folds: FoldData) -> dict[str, np.ndarray]:
    """Best weights of each member, their epochs, and the logits of all rows that it predicts."""
    with tempfile.TemporaryDirectory() as folder:
        fit = import_module(FITS[framework]).fit(study, folds, FrameworkDirectory(Path(folder)))
    found = {"epochs": fit.epochs, "best_epoch": fit.best_epoch}
    return fit.weights | found | {f"logits {place}": logits for place, logits in enumerate(fit.logits)}


def finished_members_leave_at_once() -> list[int]:
    """Every smaller stack costs nothing from here on; the sizes of all stacks, as they come."""
    sizes, update = [], Compaction.update

    def at_once(self: Compaction, unfinished: np.ndarray, steps: int) -> bool:
        self.price = 0
        changed = update(self, unfinished, steps)
        sizes.append(len(self.lanes))
        return changed

    Compaction.update = at_once
    return sizes


def together_and_alone(framework: str, overrides: Sequence[str]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What `trained` gives of all trials as one stack, and of each alone, joined."""
    sizes = finished_members_leave_at_once()
    studies = {trial: load_study(None, [*COMMON, *own, *overrides]) for trial, own in TRIALS.items()}
    folds = fold_data(next(iter(studies.values())))
    together = trained(framework, next(iter(studies.values())), with_trials(folds, studies))
    together["sizes"] = np.array(sizes)
    joined: dict[str, np.ndarray] = {}
    for place, study in enumerate(studies.values()):
        for name, array in trained(framework, study, folds).items():
            if name.startswith("logits"):
                joined[f"logits {place * len(folds.members) + int(name.split()[1])}"] = array
            else:
                joined[name] = np.concatenate([joined[name], array]) if name in joined else array
    return together, joined


if __name__ == "__main__":
    framework, out, *overrides = sys.argv[1:]
    together, alone = together_and_alone(framework, overrides)
    np.savez(out, **{f"together {name}": array for name, array in together.items()}, **alone)
