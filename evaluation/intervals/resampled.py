"""Metrics of bootstrap resamples, from the counts of `evaluation.intervals.bootstrap`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals.bootstrap import Counts, Floats
from evaluation.judging.catalogue import METRICS
from evaluation.judging.classification import decisions
from evaluation.judging.judged_rows import JudgedRows
from evaluation.judging.probabilities import one_vs_rest_logits
from evaluation.judging.ratios import r2_of_means, ratio
from evaluation.judging.row_losses import row_briers, row_losses

Resampled = Callable[[Counts], dict[str, Floats]]


def resampled_metrics(
    logits: NDArray[Any], targets: NDArray[Any], task: str, cut: float | Floats = 0.0, names: Sequence[str] = ()
) -> Resampled:
    """`metrics.judge` for many resamples: counts `(block, rows)` -> `{metric: (block,)}`, nan where undefined.

    Args as in `judge`: finite logits `(rows, outputs)`, targets `(rows,)`. The metrics are `names`, or the default
    ones; those that are sums or areas are made of the counts of all resamples at once, of any other its function is
    called for each resample.
    """
    names, rows = names or METRICS[task], JudgedRows(logits, targets, task, cut)
    of_counts = _regression(rows) if task == "regression" else _classification(logits, targets, task, cut)

    def metrics(counts: Counts) -> dict[str, Floats]:
        found = of_counts(counts)
        rest = [name for name in names if name not in found]
        drawn = [np.repeat(np.arange(counts.shape[1]), one) for one in counts] if rest else []
        found |= {name: np.array([rows.value(name, places) for places in drawn]) for name in rest}
        return {name: found[name] for name in names}

    return metrics


def _classification(logits: NDArray[Any], targets: NDArray[Any], task: str, cut: float | Floats) -> Resampled:
    ranks = logits if task == "binary" else one_vs_rest_logits(logits)
    classes = [1] if task == "binary" else list(range(logits.shape[1]))
    given = decisions(logits, task, cut)
    rankings = [Ranking(ranks[:, place], targets == index) for place, index in enumerate(classes)]
    called, true = ([labels == index for index in classes] for labels in (given, targets))
    right = [one & other for one, other in zip(called, true, strict=True)]
    means = [np.ones(len(targets)), row_losses(logits, targets, task), row_briers(logits, targets, task)]
    columns = np.stack([*right, *called, *true, *means]).astype(np.float64)

    def metrics(counts: Counts) -> dict[str, Floats]:
        sums = columns @ counts.T.astype(np.float64)
        tp, calls, trues = np.split(sums[:-3], 3)
        rows, losses, briers = sums[-3:]
        tn = rows - trues - calls + tp
        areas = np.array([ranking.areas(counts) for ranking in rankings]).mean(axis=0)
        return {
            "loss": ratio(losses, rows),
            "auroc": areas[0],
            "average_precision": areas[1],
            "f1": _share(2 * tp, calls + trues),
            "precision": _share(tp, calls),
            "recall": _share(tp, trues),
            "specificity": _share(tn, rows - trues),
            "accuracy": ratio((tp + tn)[0] if task == "binary" else tp.sum(axis=0), rows),
            "brier": ratio(briers, rows),
        }

    return metrics


class Ranking:
    """Positive and negative rows, each in the order of their scores, highest first."""

    def __init__(self, scores: NDArray[Any], positive: NDArray[np.bool_]) -> None:
        """Both `(rows,)`. Only scores of positive rows are kept as thresholds: no other one adds an area."""
        order = np.argsort(-scores, kind="stable")
        self.positives, self.negatives = order[positive[order]], order[~positive[order]]
        ties, others = -scores[self.positives], -scores[self.negatives]
        ends = np.flatnonzero(np.append(ties[1:] != ties[:-1], [True] * bool(len(ties))))
        self.upto = ends + 1
        self.false_before, self.false_upto = (np.searchsorted(others, ties[ends], side) for side in ("left", "right"))

    def areas(self, counts: Counts) -> tuple[Floats, Floats]:
        """AUROC and average precision of each resample: `(block, rows)` -> `(block,)` twice."""
        true = np.take(_running(counts, self.positives), self.upto, axis=1)
        every_false = _running(counts, self.negatives)
        false_before, false = (np.take(every_false, at, axis=1) for at in (self.false_before, self.false_upto))
        gain = np.diff(true, axis=1, prepend=0).astype(np.float64)
        positives, negatives = gain.sum(axis=1), every_false[:, -1]
        lost = np.vecdot(gain, (false + false_before) / 2)
        precision = true / np.maximum(true + false, 1)
        return 1.0 - ratio(lost, positives * negatives), ratio(np.vecdot(gain, precision), positives)


def _running(counts: Counts, order: NDArray[np.int64]) -> Counts:
    """Cumulative counts over the rows in `order` `(m,)`, from 0 on: `(block, rows)` -> `(block, m + 1)`."""
    drawn = np.zeros((len(counts), len(order) + 1), np.int32)
    np.cumsum(np.take(counts, order, axis=1), axis=1, dtype=np.int32, out=drawn[:, 1:])
    return drawn


def _regression(rows: JudgedRows) -> Resampled:
    errors, centred = rows.predicted - rows.targets, rows.targets - rows.targets.mean()
    columns = np.stack([errors**2, np.abs(errors), centred, centred**2, np.ones(len(errors))])

    def metrics(counts: Counts) -> dict[str, Floats]:
        *sums, drawn = columns @ counts.T.astype(np.float64)
        loss, mae, shift, square = (ratio(one, drawn) for one in sums)
        return {"loss": loss, "rmse": np.sqrt(loss), "mae": mae, "r2": r2_of_means(loss, shift, square)}

    return metrics


def _share(part: Floats, whole: Floats) -> Floats:
    """Mean over the classes of `part / whole`, `(classes, block)` twice -> `(block,)`."""
    return np.asarray(ratio(part, whole).mean(axis=0))
