"""The scalars of an epoch, from its lines in `history.jsonl`: of every fold, and of all folds together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation import tags

Line = Mapping[str, Any]


def fold_scalars(line: Line) -> dict[tuple[int, ...], dict[str, float]]:
    """Tags and values of each member in a line, by (seed, repeat, fold, trial); nan for null."""
    columns = live_tags(line)
    return {
        tuple(key): {tag: _value(line[name][index]) for tag, name in columns.items()}
        for index, key in enumerate(line["members"])
    }


class Band:
    """Mean and band of each tag over the folds, epoch after epoch.

    A fold that has stopped keeps its last value: a mean over those that still train would improve whenever a poor one
    leaves. The band is one standard deviation (n - 1) to each side and ends at the lowest and the highest fold, so
    that no accuracy is above 1. A value that is not finite counts as not there.
    """

    def __init__(self) -> None:
        self.latest: dict[str, dict[tuple[int, ...], float]] = defaultdict(dict)

    def after(self, lines: Sequence[Line]) -> dict[str, float]:
        """The band after the next epoch, from its lines, one for each stack; a tag without a value is left out."""
        for line in lines:
            for key, values in fold_scalars(line).items():
                for tag, value in values.items():
                    self.latest[tag][key] = value
        band: dict[str, float] = {}
        for tag, by_fold in self.latest.items():
            known = np.array([value for value in by_fold.values() if np.isfinite(value)])
            if len(known):
                band |= dict(zip(tags.band(tag), mean_and_band(known), strict=True))
        return band


def mean_and_band(values: np.ndarray) -> tuple[float, float, float]:
    """Mean, low and high of finite `values` `(folds,)`."""
    with np.errstate(over="ignore"):  # a fold that diverges: the band then ends at the folds themselves
        mean, std = values.mean(), values.std(ddof=1) if len(values) > 1 else 0.0
    return float(mean), float(max(mean - std, values.min())), float(min(mean + std, values.max()))


def live_tags(line: Line) -> dict[str, str]:
    """What a line has of every member: tag -> its name there."""
    metrics = {name.removeprefix("validation_"): name for name in line if name.startswith("validation_")}
    return {tags.LOSS_TRAIN: "train_loss"} | {tags.validation(metric): name for metric, name in metrics.items()}


def _value(number: float | None) -> float:
    return float("nan") if number is None else number
