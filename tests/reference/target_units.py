"""Regressions whose targets are learned on another scale than their own: for the tests of either framework."""

import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, StandardScaler
from small import small
from trajectory import FITS

from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from datamodules.inputs.applying import apply
from experiment.record.history import read_history
from experiment.run.framework_directory import FrameworkDirectory

LINEAR = (
    "model.hidden=[]", "training.precision=64", "training.batch_size=1000", "folds.validation_fraction=0",
    "training.early_stopping=null", "optimizer.name=sgd",
)  # fmt: skip


def transformer(method: str, rows: int):
    """scikit-learn's own way to learn a target as `inputs.target: method` does, of so many training `rows`."""
    if method == "quantile":
        return QuantileTransformer(n_quantiles=rows, output_distribution="normal")
    first = FunctionTransformer(np.log1p, np.expm1) if method == "log" else FunctionTransformer()
    return make_pipeline(first, StandardScaler())


def told_and_expected_losses(framework: str, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Training loss of an epoch in which nothing moves, and the squared error of what the network predicts, `(3,)`."""
    still = ("training.max_epochs=1", "optimizer.learning_rate=1e-300", f"inputs.target={method}")
    study, folds = small(*LINEAR, *still, task="regression")
    with tempfile.TemporaryDirectory() as folder:
        directory = FrameworkDirectory(Path(folder))
        weights = import_module(FITS[framework]).fit(study, folds, directory).weights
        told = np.array(read_history(directory.history)[0]["train_loss"])
    expected = []
    for member, rows in enumerate(folds.rows(Role.train)):
        targets = folds.table.targets[rows].astype(np.float64)[:, None]
        inputs = apply(folds.table.features[rows], folds.statistics, member)
        outputs = inputs @ weights["output.kernel"][member] + weights["output.bias"][member]
        scale = transformer(method, folds.statistics.target_quantiles.shape[1]).fit(targets)
        expected.append(np.mean((scale.inverse_transform(outputs) - targets) ** 2))
    return told, np.array(expected)


def predicted_and_least_squares(framework: str, method: str) -> tuple[np.ndarray, np.ndarray]:
    """What a linear net predicts after long training, and scikit-learn's regression of the transformed target."""
    long = ("training.max_epochs=1200", "optimizer.learning_rate=0.2", "optimizer.momentum=0.9")
    study, folds = small(*LINEAR, *long, f"inputs.target={method}", "inputs.select=3", task="regression")
    with tempfile.TemporaryDirectory() as folder:
        fit = import_module(FITS[framework]).fit(study, folds.subset([0]), FrameworkDirectory(Path(folder)))
    train, rows = folds.rows(Role.train)[0], folds.rows(*PREDICTED)[0]
    known = [apply(folds.table.features[part], folds.statistics, 0) for part in (train, rows)]
    scale = transformer(method, folds.statistics.target_quantiles.shape[1])
    model = TransformedTargetRegressor(LinearRegression(), transformer=scale, check_inverse=False)
    return fit.logits[0][:, 0], model.fit(known[0], folds.table.targets[train].astype(np.float64)).predict(known[1])
