"""Every metric of a task under resamples of its rows, from the counts of `evaluation.bootstrap`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import Counts, Floats
from evaluation.classification import decisions
from evaluation.probabilities import one_vs_rest_logits
from evaluation.ratios import r2_of_means, ratio
from evaluation.row_losses import row_briers, row_losses

Resampled = Callable[[Counts], dict[str, Floats]]


def resampled_metrics(logits: NDArray[Any], targets: NDArray[Any], task: str, cut: float | Floats = 0.0) -> Resampled:
    """`metrics.judge` for many resamples: counts `(block, rows)` -> `{metric: (block,)}`, nan where undefined.

    Args as in `judge`: finite logits `(rows, outputs)`, targets `(rows,)`.
    """
    if task == "regression":
        return _regression(logits[:, 0].astype(np.float64), targets.astype(np.float64))
    ranks = logits if task == "binary" else one_vs_rest_logits(logits)
    classes = [1] if task == "binary" else list(range(logits.shape[1]))
    given = decisions(logits, task, cut)
    rankings = [Ranking(ranks[:, place], targets == index) for place, index in enumerate(classes)]
    right = np.stack([(given == index) & (targets == index) for index in classes], axis=1)
    called = np.stack([given == index for index in classes], axis=1)
    true = np.stack([targets == index for index in classes], axis=1)
    means = np.stack([given == targets, row_losses(logits, targets, task), row_briers(logits, targets, task)], axis=1)
    columns = np.concatenate([right, called, true, means], axis=1).astype(np.float64)

    def metrics(counts: Counts) -> dict[str, Floats]:
        sums, rows = counts.astype(np.float64) @ columns, counts.sum(axis=1)
        tp, calls, trues = np.split(sums[:, : 3 * len(classes)], 3, axis=1)
        accuracy, loss, brier = ratio(sums[:, 3 * len(classes) :], rows[:, None]).T
        areas = np.array([ranking.areas(counts) for ranking in rankings]).mean(axis=0)
        return {
            "loss": loss,
            "auroc": areas[0],
            "average_precision": areas[1],
            "f1": _share(2 * tp, calls + trues),
            "precision": _share(tp, calls),
            "recall": _share(tp, trues),
            "specificity": _share(rows[:, None] - trues - calls + tp, rows[:, None] - trues),
            "accuracy": accuracy,
            "brier": brier,
        }

    return metrics


class Ranking:
    """Rows in the order of their scores, highest first, of which some are positive."""

    def __init__(self, scores: NDArray[Any], positive: NDArray[np.bool_]) -> None:
        """Both `(rows,)`. Only scores that a positive row has are kept as thresholds: no other one adds an area."""
        self.order = np.argsort(-scores, kind="stable")
        score, positive = scores[self.order], positive[self.order]
        self.positives = np.flatnonzero(positive)
        ties = score[self.positives]
        self.last_of_ties = np.flatnonzero(np.append(np.diff(ties) != 0, [True] * bool(len(ties))))
        at = -ties[self.last_of_ties]
        self.before, self.upto = np.searchsorted(-score, at, "left"), np.searchsorted(-score, at, "right")

    def areas(self, counts: Counts) -> tuple[Floats, Floats]:
        """AUROC and average precision of each resample: `(block, rows)` -> `(block,)` twice."""
        drawn = np.take(counts, self.order, axis=1)
        every = np.pad(np.cumsum(drawn, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
        true = np.cumsum(drawn[:, self.positives], axis=1, dtype=np.int32)[:, self.last_of_ties]
        gain = np.diff(true, axis=1, prepend=0).astype(np.float64)
        false = every[:, self.upto] - true
        false_before = every[:, self.before] - (true - gain)
        positives, negatives = gain.sum(axis=1), counts.sum(axis=1) - gain.sum(axis=1)
        lost = np.sum(gain * (false + false_before), axis=1) / 2
        precision = true / np.maximum(every[:, self.upto], 1)
        return 1.0 - ratio(lost, positives * negatives), ratio(np.sum(gain * precision, axis=1), positives)


def _regression(predicted: Floats, targets: Floats) -> Resampled:
    errors, centred = predicted - targets, targets - targets.mean()
    columns = np.stack([errors**2, np.abs(errors), centred, centred**2], axis=1)

    def metrics(counts: Counts) -> dict[str, Floats]:
        loss, mae, shift, square = ratio(counts.astype(np.float64) @ columns, counts.sum(axis=1, keepdims=True)).T
        return {"loss": loss, "rmse": np.sqrt(loss), "mae": mae, "r2": r2_of_means(loss, shift, square)}

    return metrics


def _share(part: Floats, whole: Floats) -> Floats:
    """Mean over the classes of `part / whole`, `(block, classes)` twice -> `(block,)`."""
    return np.asarray(ratio(part, whole).mean(axis=1))
