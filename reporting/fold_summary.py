"""Fold summary of a run: failed, best and outlier folds, the ensemble, the fit."""

from collections.abc import Callable, Mapping
from typing import Any

from evaluation.choices.thresholds import chosen_threshold
from evaluation.folds.names import names_of
from evaluation.keys import key_of, place_of

Metrics = Mapping[str, Any]

NAMED = 2


def _failed(metrics: Metrics) -> str:
    """The failed folds, or their number, where their names would take several lines; the status lists them."""
    failed = [names_of(metrics)[key_of(one)] for one in metrics["failed"]]
    return ", ".join(failed) if len(failed) <= NAMED else f"{len(failed)} of {len(metrics['folds'])}"


def _best(metrics: Metrics) -> str:
    """The fold with the lowest validation loss."""
    best = metrics["best_fold"]
    return "" if len(metrics["folds"]) < 2 or "reason" in best else names_of(metrics)[key_of(best)]


def _outliers(metrics: Metrics) -> str:
    """The folds with an outlier in any metric, each once, the largest deviation first."""
    if len(metrics["folds"]) < 2 or len(metrics["failed"]) == len(metrics["folds"]) or not metrics["scored"]:
        return ""
    names, none = names_of(metrics), "not tested" if metrics.get("outliers_untested") else "none"
    return ", ".join(dict.fromkeys(names[place_of(one)] for one in metrics["outliers"])) or none


def _ensemble(metrics: Metrics) -> str:
    """Number of folds that the ensemble beats on the held-out test set."""
    loss = metrics["ensemble"].get("loss")
    return "" if loss is None or loss["ensemble"] is None else f"{loss['better_than']} of {len(loss['folds'])} by loss"


def _fit(metrics: Metrics) -> str:
    return str(metrics["diagnosis"]["verdict"])


FOLD_WORDS: dict[str, Callable[[Metrics], str]] = {
    "threshold": chosen_threshold,
    "failed folds": _failed,
    "best fold": _best,
    "outlier folds": _outliers,
    "ensemble beats": _ensemble,
    "fit": _fit,
}
"""Label -> text from a `metrics.json`; "" where there is none."""
