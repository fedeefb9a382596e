"""Difference between the frameworks' figures: if within the bounds of docs/the-law.md, only one is drawn."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from evaluation.judging.catalogue import metric_of, metrics_of_run
from evaluation.keys import key_of
from evaluation.training_curves.loss_curves import loss_curves
from reporting.board import tags
from reporting.page.numbers import bound
from reporting.page.part import Part, Parts

LAW, SHARE = 1e-3, 1e-2
"""Largest difference of a metric without a unit, by docs/the-law.md's bound of the AUROC; and relative one of a metric
without an upper bound, less than the width of a line."""


class Gap(NamedTuple):
    """The largest difference between two figures, its quantity, and whether it is small enough for one figure."""

    largest: float
    of: str
    small: bool

    def told(self) -> str:
        """`largest difference 0.00009 (loss)`; or `no difference`."""
        return f"largest difference {bound(self.largest)} ({self.of})" if self.largest else "no difference"


def figure_gap(tag: str, parts: Parts) -> Gap | None:
    """Difference between the figures of `tag`; None where there are not two, or their folds differ."""
    if len(parts) != 2:
        return None
    one, other = parts.values()
    if [key_of(fold) for fold in one.metrics["failed"]] != [key_of(fold) for fold in other.metrics["failed"]]:
        return None
    if tag == tags.LEARNING_CURVES:
        return _of_curves(one, other)
    if tag == tags.CONFUSION_MATRIX:
        same = one.judged.get("confusion_matrix") == other.judged.get("confusion_matrix")
        return Gap(0.0, "rows of a cell", True) if same else None
    metrics = SHOWN.get(tag) or metrics_of_run(one.metrics)
    return _largest(_metric_gaps(one, other, metrics))


SHOWN: Mapping[str, tuple[str, ...]] = {
    tags.ROC: ("auroc",),
    tags.PRECISION_RECALL: ("average_precision",),
    tags.CALIBRATION: ("brier", "ece"),
    tags.SCORES: ("brier", "loss"),
}
"""Metrics that a figure is compared by; the other figures by all metrics."""


def _metric_gaps(one: Part, other: Part, metrics: tuple[str, ...]) -> Iterator[tuple[float, str, bool]]:
    """Difference, name and whether it is small, of the pooled rows and of every fold."""
    for metric in metrics:
        for a, b in zip(_values(one, metric), _values(other, metric), strict=True):
            if a is None or b is None:
                yield (0.0 if a is b else np.inf), one.called(metric), a is b
                continue
            most = SHARE * max(abs(a), abs(b)) if metric_of(metric).unbounded else LAW
            yield abs(a - b), one.called(metric), abs(a - b) <= most


def _values(part: Part, metric: str) -> list[float | None]:
    if metric == "ece":
        calibration = part.metrics["calibration"]
        return [(calibration.get("out_of_fold") or calibration.get("test") or {}).get("ece")]
    return [part.judged.get(metric), *(fold["scored"].get(metric) for fold in part.metrics["folds"])]


def _of_curves(one: Part, other: Part) -> Gap | None:
    """Difference of the loss curves, and whether epochs and best epoch of every fold are equal."""
    kept = [[(fold["best_epoch"], fold["epochs"]) for fold in part.metrics["folds"]] for part in (one, other)]
    here, there = (loss_curves(part.history) for part in (one, other))
    if kept[0] != kept[1] or here.keys() != there.keys():
        return None
    gaps = []
    for key, curves in here.items():
        for a, b in zip(curves, there[key], strict=True):
            if len(a) != len(b) or not np.array_equal(np.isfinite(a), np.isfinite(b)):
                return None
            known = np.isfinite(a)
            apart = np.abs(a - b)[known]
            gaps.append((float(apart.max(initial=0.0)), "loss", bool((apart <= SHARE * _scale(a[known])).all())))
    return _largest(iter(gaps))


def _scale(losses: np.ndarray) -> np.ndarray:
    """Scale of a relative difference: the loss itself, or near 0 a hundredth of the largest one."""
    return np.maximum(np.abs(losses), 0.01 * np.abs(losses).max(initial=0.0))


def _largest(gaps: Iterator[tuple[float, str, bool]]) -> Gap | None:
    every = list(gaps)
    if not every:
        return None
    largest, name, _ = max(every, key=lambda gap: gap[0])
    return Gap(largest, name, all(small for *_, small in every))
