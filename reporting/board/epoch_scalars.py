"""TensorBoard scalars of an epoch, from its lines in `history.jsonl`: of every fold, and median and quartiles."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.folds.names import Names
from evaluation.training_curves.active_folds import spread_over_folds
from reporting.board import tags

Line = Mapping[str, Any]


def fold_scalars(line: Line, names: Names) -> dict[str, float]:
    """Tags and values of each member in a line, e.g. `single_folds/loss/train/fold_03`; nan for null.

    `names` are those of members by (seed, repeat, fold) or (seed, repeat, fold, trial).
    """
    length = len(next(iter(names), ()))
    folds = [names[tuple(key[:length])] for key in line["members"]]
    return {
        f"{tags.single_folds(tag)}{fold}": number_of(number)
        for tag, column in live_tags(line).items()
        for fold, number in zip(folds, line[column], strict=True)
    }


def spread_scalars(lines: Sequence[Line]) -> dict[str, float]:
    """Median, quartiles and number of the folds that train in an epoch, from its lines, one for each stack.

    Of their learning rates only the median. A tag without a finite value is left out.
    """
    found: dict[str, float] = {tags.ACTIVE_FOLDS: float(sum(len(line["members"]) for line in lines))}
    for tag, column in live_tags(lines[0]).items():
        values = np.array([number_of(number) for line in lines for number in line[column]])
        spread = spread_over_folds(values[:, np.newaxis])
        if spread.folds[0]:
            named = zip((tag, *tags.quartiles(tag)), (spread.median, spread.lower, spread.upper), strict=True)
            found |= {name: float(value[0]) for name, value in named}
    if rates := [number_of(rate) for line in lines for rate in line.get("learning_rate", ())]:
        found[tags.LEARNING_RATE] = float(np.median(rates))
    return found


def live_tags(line: Line) -> dict[str, str]:
    """Values per member in a line: tag -> their key."""
    metrics = {name.removeprefix("validation_"): name for name in line if name.startswith("validation_")}
    columns = {tags.LOSS_TRAIN: "train_loss"} | {tags.validation(metric): name for metric, name in metrics.items()}
    return {tags.card(monitor): column for monitor, column in columns.items()}


def number_of(number: float | None) -> float:
    """A number of a line as a float; nan for null."""
    return float("nan") if number is None else number
