"""Best fold by validation loss: the network to use where it has to be a single model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.judging.row_losses import row_losses
from evaluation.keys import key_of, named
from evaluation.predictions import Predictions


def best_fold(validation: Predictions, folds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The fold of `folds` with the lowest loss on its validation rows, failed ones left out.

    Its key, `by`, `value` and its `test` metrics. Never by scored or test rows, which have to estimate the quality of
    the choice. Where no fold has finite predictions for validation rows, there is only a `reason`.
    """
    if not folds:
        return {"reason": "every fold has failed"}
    losses = {}
    for place, fold in enumerate(folds):
        mine = validation.of_member(*key_of(fold))
        if len(mine.row) and np.isfinite(mine.logits).all():
            losses[place] = float(row_losses(mine.logits, mine.target, mine.task).mean())
    if not losses:
        return {"reason": "no fold has finite predictions for validation rows; there are no other rows to choose by"}
    place = min(losses, key=losses.__getitem__)
    best = folds[place]
    return {**named(key_of(best)), "by": "validation loss", "value": losses[place], "test": best["test"]}
