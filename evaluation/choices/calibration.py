"""Calibration: reliability bins and expected calibration error, before and after temperature scaling."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.choices.temperature import temperatures
from evaluation.folds.ensemble import ensemble
from evaluation.judging.probabilities import probabilities
from evaluation.judging.row_losses import row_briers, row_losses
from evaluation.keys import Key
from evaluation.predictions import Predictions

NUM_BINS = 10


def calibrations(
    scored: Predictions, test: Predictions, validation: Predictions, keys: Sequence[Key], shifted_by: str = ""
) -> dict[str, Any]:
    """`calibration` of the out-of-fold rows (all repeats) and of the ensemble on the test rows, before and after.

    `temperature` has one number for each member, fitted on its own validation rows; `reasons` maps the place of a
    member without a temperature of its own to the cause. `out_of_fold` and `test` are the uncalibrated `calibration`,
    and `after` is temperature-scaled; `{}` where there are no such rows. `shifted_by` are the weights in training, if
    there were any, for which probabilities are not those of the table. A regression has `{}`.
    """
    if scored.task == "regression":
        return {}
    found, reasons = temperatures(validation, keys)
    told: dict[str, Any] = {"temperature": found.tolist(), "out_of_fold": {}, "test": {}}
    if shifted_by:
        told["shifted_by"] = shifted_by
    if reasons:
        told["reasons"] = {str(place): reason for place, reason in reasons.items()}
    if len(scored.row):
        cooled = _cooled(scored, keys, found)
        told["out_of_fold"] = _before_and_after(scored.logits, cooled.logits, scored.target, scored.task)
    if len(test.row):
        (logits, targets), (after, _) = ensemble(test), ensemble(_cooled(test, keys, found))
        told["test"] = _before_and_after(logits, after, targets, test.task)
    return told


def _cooled(rows: Predictions, keys: Sequence[Key], found: NDArray[np.float64]) -> Predictions:
    """The same rows with every member's logits divided by its temperature, clipped to the range of float32."""
    divisor = rows.per_row(dict(zip(keys, found.tolist(), strict=True)))
    largest, cooled = np.finfo(np.float32).max, rows.logits / divisor[:, None]
    return replace(rows, logits=np.clip(cooled, -largest, largest).astype(np.float32))


def _before_and_after(logits: NDArray[Any], cooled: NDArray[Any], targets: NDArray[Any], task: str) -> dict[str, Any]:
    return calibration(logits, targets, task) | {"after": calibration(cooled, targets, task)}


def shift_in_words(calibrated: Mapping[str, Any]) -> str:
    """Sentence about the probabilities of `calibrations` that weights in training shift; "" where nothing does."""
    shifted_by = calibrated.get("shifted_by", "")
    told = f"probabilities are shifted by {shifted_by}: they are not the frequencies that the table has"
    return told if shifted_by else ""


def calibration(logits: NDArray[Any], targets: NDArray[Any], task: str) -> dict[str, Any]:
    """`ece`, `brier`, `loss` and `bins` of `(rows, outputs)` logits, targets `(rows,)`; nan if a logit is not finite.

    The expected calibration error is the mean over the rows of the distance between observed frequency and mean
    probability, in bins of equal width (Naeini, Cooper and Hauskrecht, AAAI 2015). Binary: probability and observed
    frequency of the positive class. Multiclass: probability of the predicted class, and the share of right
    predictions. A bin holds `low <= p < high`, the last one also 1; in an empty one both are nan.
    """
    if not np.isfinite(logits).all():
        nan, reason = float("nan"), "some rows have a non-finite prediction"
        return {"ece": nan, "brier": nan, "loss": nan, "bins": [], "reasons": {"ece": reason}}
    confidences, came_true = _claims(logits, targets, task)
    bins = reliability_bins(confidences, came_true)
    gaps = [one["count"] * abs(one["share_positive"] - one["mean_probability"]) for one in bins if one["count"]]
    return {
        "ece": sum(gaps) / len(targets),
        "brier": float(row_briers(logits, targets, task).mean()),
        "loss": float(row_losses(logits, targets, task).mean()),
        "bins": bins,
    }


def reliability_bins(confidences: NDArray[np.float64], came_true: NDArray[Any]) -> list[dict[str, Any]]:
    """Count, mean probability and observed frequency in each of `NUM_BINS` bins; both `(rows,)`."""
    place = np.minimum((confidences * NUM_BINS).astype(np.int64), NUM_BINS - 1)
    bins = []
    for index in range(NUM_BINS):
        inside = place == index
        filled = bool(inside.any())
        bins.append(
            {
                "low": index / NUM_BINS,
                "high": (index + 1) / NUM_BINS,
                "count": int(inside.sum()),
                "mean_probability": float(confidences[inside].mean()) if filled else float("nan"),
                "share_positive": float(came_true[inside].mean()) if filled else float("nan"),
            }
        )
    return bins


def member_bins(predictions: Predictions) -> list[dict[str, Any]]:
    """Reliability bins of any rows of a study, for a figure; finite logits, binary or multiclass."""
    return reliability_bins(*_claims(predictions.logits, predictions.target, predictions.task))


def _claims(logits: NDArray[Any], targets: NDArray[Any], task: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probability of each row's predicted (binary: positive) class, and whether it is the target: `(rows,)` twice."""
    confidences = probabilities(logits, task)
    if task == "binary":
        return confidences[:, 0], targets == 1
    return confidences.max(axis=1), confidences.argmax(axis=1) == targets
