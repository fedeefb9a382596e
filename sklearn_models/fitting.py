"""Fits of a baseline: an estimator for each member, on its weighted training rows."""

import time
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import has_fit_parameter

from configs.seats.baselines import BASELINES
from configs.types import ClassWeights
from datamodules.fold_data import PREDICTED, FoldData
from datamodules.folds.plan import Role
from datamodules.inputs.applying import apply, onehot
from datamodules.inputs.target_units import goals, in_target_units
from datamodules.weights import row_weights, weighted_rows
from evaluation.judging.probabilities import logits_of
from experiment.nets.net_errors import explained

Rows = NDArray[np.int32]


class Fitted(NamedTuple):
    """What has come of the estimators of some members.

    Attributes:
        logits: of each member's `PREDICTED` rows, `(rows, outputs)`; nan if its estimator has failed.
        causes: why estimators have failed, a line for each.
        unweighted: whether rows or classes have weights that the estimator does not take.
        seconds: of all members together.
    """

    logits: list[NDArray[np.float32]]
    causes: list[str]
    unweighted: bool
    seconds: float


def fit_members(name: str, folds: FoldData, classes: ClassWeights) -> Fitted:
    """Fit the baseline `name` for each member on its training rows, and predict its `PREDICTED` rows.

    Rows weigh what they do for a network, scaled to a mean of 1, so that penalties count as without weights. `classes`
    are the study's `training.class_weights`.
    """
    started, table, unweighted = time.perf_counter(), folds.table, False
    learnt, predicted = weighted_rows(table, folds.rows(Role.train)), folds.rows(*PREDICTED)
    weights = row_weights(table, learnt, classes)
    logits, causes = [], []
    for member, (key, rows, asked) in enumerate(zip(folds.members, learnt, predicted, strict=True)):
        try:
            with explained(BASELINES, name, name):
                estimator = import_module(f"{__package__}.baselines.{name}").build(table.task, key.seed)
                unweighted = weights is not None and not takes_weights(estimator)
                own = None if weights is None or unweighted else of_mean_one(weights[member, rows])
                logits.append(_predicted(estimator, folds.subset([member]), rows, asked, own))
        except ValueError as error:
            causes.append(f"{name}, fold {key.fold}: {error}")
            logits.append(np.full((len(asked), table.outputs), np.nan, np.float32))
    return Fitted(logits, causes, unweighted, time.perf_counter() - started)


def takes_weights(estimator: Any) -> bool:
    """Whether `fit` of a scikit-learn estimator, or of the one inside of it, takes `sample_weight`."""
    return has_fit_parameter(getattr(estimator, "regressor", estimator), "sample_weight")


def of_mean_one(weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Weights `(rows,)` in the same ratios, whose mean is 1."""
    exact = weights.astype(np.float64)
    return exact / exact.mean()


def _predicted(
    estimator: Any, folds: FoldData, learnt: Rows, asked: Rows, weights: NDArray[np.float64] | None
) -> NDArray[np.float32]:
    """Logits of the `asked` rows of a single member, by an estimator that is fitted on the `learnt` ones."""
    table, statistics = folds.table, folds.statistics
    train, rest = (onehot(apply(table.features[rows], statistics, 0), statistics.encoding) for rows in (learnt, asked))
    (targets,) = goals(table.targets, statistics) if table.task == "regression" else [table.targets]
    estimator.fit(train, targets[learnt], **({} if weights is None else {"sample_weight": weights}))
    found = _logits(estimator, rest, folds).astype(np.float64)
    return in_target_units(found[None], statistics)[0].astype(np.float32)


def _logits(estimator: Any, inputs: NDArray[np.float64], folds: FoldData) -> NDArray[np.float32]:
    """Log odds of the positive class, log probabilities of several, or standardised values: `(rows, outputs)`."""
    if folds.table.task == "regression":
        return logits_of(np.asarray(estimator.predict(inputs))[:, None], folds.table.task)
    chances = np.zeros((len(inputs), len(folds.table.classes)))
    chances[:, estimator.classes_] = estimator.predict_proba(inputs)
    return logits_of(chances[:, 1:] if folds.table.task == "binary" else chances, folds.table.task)
