"""Trainings with weights of rows, and the same without: for the tests of either framework."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.metrics import log_loss
from trajectory import FITS

from configs.loading.loading import load_study
from configs.member import Member
from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import FoldPlan, Role
from datamodules.inputs.statistics import fit_statistics
from datamodules.table import Table
from experiment.record.history import read_history
from experiment.run.framework_directory import FrameworkDirectory

COUNTS = np.array([2, 1, 0, 3, 1, 1, 0, 2, 5, 1, 1, 2])
"""Weights of the training rows; the last rows of a table are scored."""
SCORED = 4
FULL_BATCH = (
    "training.precision=64", "training.batch_size=1000", "training.max_epochs=5", "training.early_stopping=null",
    "folds.validation_fraction=0", "model.hidden=[5]", "model.dropout=0", "output.tensorboard=false",
    "inputs.scale=none", "optimizer.name=sgd", "optimizer.learning_rate=0.1",
)  # fmt: skip


class Trained(NamedTuple):
    """Weights by name, and the training loss of every epoch and member, `(epochs, members)`."""

    weights: dict[str, np.ndarray]
    losses: np.ndarray


def table_of(task: str, rows: Sequence[int], weights: np.ndarray | None = None) -> Table:
    """The `rows` of a table of random numbers."""
    draw = np.random.default_rng(1)
    features = draw.normal(size=(len(COUNTS) + SCORED, 3)).astype(np.float32)
    targets = {
        "binary": np.arange(len(features), dtype=np.int32) % 2,
        "multiclass": np.arange(len(features), dtype=np.int32) % 3,
        "regression": draw.normal(size=len(features)).astype(np.float32),
    }[task]
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}[task]
    return Table(
        "made", features[rows], targets[rows], ("a", "b", "c"), "y", task, classes, weights=weights
    )  # fmt: skip


def train(framework: str, study: Study, table: Table, members: int = 1) -> Trained:
    """Train on all rows but the last `SCORED`, with the target as it is."""
    roles = np.full((members, table.rows), Role.train, np.int8)
    roles[:, -SCORED:] = Role.scored
    plan = FoldPlan(tuple(Member(0, 0, fold) for fold in range(members)), roles)
    statistics = fit_statistics(table, plan, study.inputs)
    as_it_is = replace(statistics, target_center=np.zeros(members), target_scale=np.ones(members))
    with tempfile.TemporaryDirectory() as folder:
        directory = FrameworkDirectory(Path(folder))
        fit = import_module(FITS[framework]).fit(study, FoldData(table, plan, as_it_is), directory)
        return Trained(fit.weights, np.array([line["train_loss"] for line in read_history(directory.history)]))


def by_weight_and_by_rows(framework: str, task: str) -> tuple[Trained, Trained]:
    """Full-batch SGD on rows with the weights `COUNTS`, and on each of these rows as often as that."""
    every, scored = np.arange(len(COUNTS) + SCORED), len(COUNTS) + np.arange(SCORED)
    study, repeated = load_study(None, FULL_BATCH), np.repeat(np.arange(len(COUNTS)), COUNTS)
    by_weight = table_of(task, every, np.concatenate([COUNTS, np.ones(SCORED)]))
    by_rows = table_of(task, np.concatenate([repeated, scored]))
    return train(framework, study, by_weight), train(framework, study, by_rows)


def unweighted(framework: str, task: str) -> Trained:
    """The same without weights."""
    return train(framework, load_study(None, FULL_BATCH), table_of(task, np.arange(len(COUNTS) + SCORED)))


def found_and_expected_losses(framework: str, batch_size: int) -> tuple[float, float]:
    """Training loss of an epoch in which nothing moves, and scikit-learn's of the logits 0 and the same weights."""
    weights = np.random.default_rng(2).integers(1, 1000, 40) / 64
    features, targets = np.zeros((40, 1), np.float32), (np.arange(40) % 4 == 0).astype(np.int32)
    features[:, 0] = targets
    table = Table("made", features, targets, ("a",), "y", "binary", ("no", "yes"), weights=weights)
    still = (f"training.batch_size={batch_size}", "training.max_epochs=1", "optimizer.learning_rate=1e-300")
    study = load_study(None, [*FULL_BATCH, *still, "training.class_weights={yes: 2.5}", "model.hidden=[]"])
    trained = train(framework, study, table)
    logits = table.features @ trained.weights["output.kernel"][0] + trained.weights["output.bias"][0]
    chances = 1 / (1 + np.exp(-logits[:-SCORED, 0].astype(np.float64)))
    own = (weights * np.where(targets, 2.5, 1.0))[:-SCORED]
    return float(trained.losses[0, 0]), log_loss(targets[:-SCORED], chances, sample_weight=own)
