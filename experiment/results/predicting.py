"""Prediction of new rows by the ensemble of a run's networks, as evaluated in `test` of `metrics.json`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray
from scipy.special import logit

from configs.errors import StudyError
from datamodules.checks.values import count_rows
from datamodules.reading.unseen import read_unseen
from evaluation.metrics.classification import decisions
from evaluation.metrics.probabilities import ensemble_logits, probabilities
from evaluation.predictions import predicted_classes
from experiment.nets.networks import Networks

MemberLogits = Callable[[Networks, NDArray[np.float32]], NDArray[np.floating]]
"""Raw rows `(rows, columns)` -> logits of each network, `(members, rows, outputs)`: `member_logits` of a framework."""


def predict_file(
    path: Path, networks: Networks, metrics: Mapping[str, Any], member_logits: MemberLogits
) -> pl.DataFrame:
    """The rows of `path` with their predictions, after the columns that are no inputs.

    Of classes `predicted`, by the threshold of the run, and `probability_<class>`, the mean over the networks (binary:
    of the positive class alone); of a regression `prediction`, their mean. `spread` is the standard deviation, over the
    networks, of that number (of more than two classes: of the predicted one's probability). Numbers are float32.

    Raises:
        StudyError: the file lacks inputs of the networks, has a row without a finite prediction, or has a column with
        the name of a new one.
    """
    imputes = networks.study.inputs.impute != "none"
    features, others = read_unseen(path, networks.columns, imputes)
    logits = member_logits(networks, features).astype(np.float64)
    _refuse(path, np.any(~np.isfinite(logits), axis=(0, 2)))
    found = predictions(logits, networks, ensemble_cut(metrics)).cast({pl.Float64: pl.Float32})
    _refuse(path, ~found.select(pl.all_horizontal(cs.float().is_finite().fill_null(True))).to_series().to_numpy())
    if taken := [name for name in found.columns if name in others.columns]:
        raise StudyError([f"{path}: has a column '{taken[0]}', which the predictions are called; rename it"])
    return others.hstack(found)


def ensemble_cut(metrics: Mapping[str, Any]) -> float:
    """Logit from which the ensemble predicts the positive class: the threshold by the run's rule.

    From the probability where the log odds are null: for an infinite cut, which JSON cannot hold, and in older runs.
    """
    if not (thresholds := metrics["thresholds"]):
        return 0.0
    chosen = thresholds["rules"][thresholds["rule"]]
    kept = chosen.get("ensemble_log_odds")
    return float(logit(chosen["ensemble"]) if kept is None else kept)


def predictions(logits: NDArray[np.floating], networks: Networks, cut: float) -> pl.DataFrame:
    """The new columns of `predict_file`, from the logits of each network, `(members, rows, outputs)`."""
    task, classes = networks.task, networks.classes
    if task == "regression":
        statistics = networks.statistics
        values = logits[..., 0] * statistics.target_scale[:, None] + statistics.target_center[:, None]
        return pl.DataFrame({"prediction": values.mean(0), "spread": _spread(values)})
    together = ensemble_logits(logits, task)
    chosen = decisions(together, task, cut)
    chances, shown = probabilities(logits, task), predicted_classes(task, classes)
    columns = {f"probability_{name}": chances[..., index].mean(0) for index, name in enumerate(shown)}
    judged = chances[..., 0] if task == "binary" else chances[:, np.arange(len(chosen)), chosen]
    return pl.DataFrame({"predicted": np.array(classes)[chosen]} | columns | {"spread": _spread(judged)})


def _refuse(path: Path, broken: NDArray[np.bool_]) -> None:
    """Raise StudyError if any of the rows, `(rows,)`, is `broken`."""
    if broken.any():
        cause = f"{path}: has {count_rows('too extreme', broken, 'row')}, where the answer of a network is not finite"
        raise StudyError([f"{cause}: correct the inputs, or leave those rows out"])


def _spread(values: NDArray[np.floating]) -> pl.Series:
    """Standard deviation over the networks, `(members, rows)` -> `(rows,)`; null for a single one."""
    return pl.Series(values.std(0, ddof=1) if len(values) > 1 else [None] * values.shape[1], dtype=pl.Float64)
