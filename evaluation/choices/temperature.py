"""Temperature scaling: logits divided by one number, to calibrate the probabilities.

Guo, Pleiss, Sun and Weinberger (On Calibration of Modern Neural Networks, ICML 2017). The order of the rows, and so
every area under a curve, stays as it is.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, softmax

from evaluation.keys import Key
from evaluation.predictions import Predictions

Floats = NDArray[np.float64]

BOUNDS = (1e-3, 1e3)
"""Bounds of the search for the inverse temperature."""


def temperatures(validation: Predictions, keys: Sequence[Key]) -> tuple[Floats, dict[int, str]]:
    """Temperature of each member, `(members,)`, fitted on its own validation rows; 1 and a reason where none fits."""
    found, reasons = np.ones(len(keys)), {}
    for place, key in enumerate(keys):
        member = validation.of_member(*key)
        if not len(member.row):
            reasons[place] = "there are no validation rows to fit a temperature on; it is 1"
        elif not np.isfinite(member.logits).all():
            reasons[place] = "it has no finite predictions for its validation rows; its temperature is 1"
        elif (fitted := fit_temperature(member.logits, member.target, member.task)) is None:
            reasons[place] = "no temperature lowers the loss of its validation rows most; it is 1"
        else:
            found[place] = fitted
    return found, reasons


def fit_temperature(logits: NDArray[Any], targets: NDArray[Any], task: str) -> float | None:
    """The temperature with the lowest mean cross entropy: `(rows, outputs)` and `(rows,)` -> number.

    The loss is convex in the inverse temperature, so its slope has one root. There is none, and None is returned, where
    every row is classified correctly (the loss falls with the temperature without end) or the logits carry no signal.
    """
    slopes = _slopes(logits.astype(np.float64), targets, task)

    def slope(inverse: float) -> float:
        return float(slopes(inverse).sum()) / len(logits)

    if slope(BOUNDS[0]) >= 0 or slope(BOUNDS[1]) <= 0:
        return None
    return 1.0 / float(brentq(slope, *BOUNDS, xtol=1e-12, rtol=1e-12))


def _slopes(logits: Floats, targets: NDArray[Any], task: str) -> Callable[[float], Floats]:
    """Derivative of each row's loss by the inverse temperature: expected logit less the logit of the target."""
    if task == "binary":
        scores, truth = logits[:, 0], targets.astype(np.float64)
        return lambda inverse: np.asarray((expit(scores * inverse) - truth) * scores)
    centred = logits - logits[np.arange(len(logits)), targets.astype(np.int64)][:, None]
    return lambda inverse: np.asarray(np.sum(softmax(logits * inverse, axis=1) * centred, axis=1))
