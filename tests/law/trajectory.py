"""Train a study for some 50 steps by the public `fit`: a module for the tests of one framework, a program for both.

Usage: python tests/law/trajectory.py FRAMEWORK OUT.npz key=value ...
"""

import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np

from configs.loading.loading import load_study
from configs.sections.model import Model
from datamodules.fold_data import fold_data
from experiment.run.framework_directory import FrameworkDirectory

FITS = {"lightning": "lightning_mods.fit", "tensorflow": "tf_models.fit"}

# 569 rows in 10 folds: nine train on 512 rows and one on 513, whose last step of an epoch has a single row.
FIFTY_STEPS = (
    "folds.test_fraction=0", "folds.validation_fraction=0", "training.early_stopping=null",
    "training.max_epochs=4", "model.dropout=0.2", "output.tensorboard=false",
)  # fmt: skip
WAYS = {
    "sgd": ("optimizer.name=sgd", "optimizer.learning_rate=0.05", "optimizer.momentum=0.9"),
    "adam": ("optimizer.name=adam", "optimizer.weight_decay=0.01", "optimizer.clip_norm=1.0"),
    "adamw": ("optimizer.name=adamw", "optimizer.weight_decay=0.01"),
}


def trajectory(
    framework: str, overrides: Sequence[str], members: Sequence[int] | None = None, net: str | None = None
) -> dict[str, np.ndarray]:
    """Weights after the last epoch by portable name, `(members, *shape)`, of all members or those at `members`.

    `net` is a module of the tests with a function `build`, in place of a file in `nets`.
    """
    study = load_study(None, [*FIFTY_STEPS, *overrides])
    if net is not None:
        study = study.model_copy(update={"model": Model.model_construct(net=net)})
        room, _, _ = FITS[framework].partition(".")
        sys.modules[f"{room}.nets.{net}"] = import_module(net)
    folds = fold_data(study)
    folds = folds if members is None else folds.subset(members)
    with tempfile.TemporaryDirectory() as folder:
        fit = import_module(FITS[framework]).fit(study, folds, FrameworkDirectory(Path(folder)))
    assert fit.timing["optimizer_steps"] >= 50
    return fit.weights


def largest_difference(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """Over all weights of all members."""
    assert set(one) == set(other)
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


if __name__ == "__main__":
    np.savez(sys.argv[2], **trajectory(sys.argv[1], sys.argv[3:]))
