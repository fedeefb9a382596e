"""What a net is tried on before a stack of it is trained, and what its answers say of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from experiment.net_errors import MIXES, OTHER, NetError

ROWS, PLACE = 8, 3
"""Rows of a batch, and where in it the row lies that both batches have."""
NOISE = 0.1
"""Deviation of what is added to the initial weights: a bias of 0 may hide what it lets through once trained."""
CLOSE, CLOSE_MIXED = 1e-3, 0.03
"""Largest difference by rounding, as a share of the largest answer; the second is bfloat16's, which has 8 bits."""


def trial_rows(num_rows: int) -> NDArray[np.int32]:
    """Two batches of rows of a table, `(2, ROWS)`, from all over it; they have the row at `PLACE` in common."""
    rows = np.linspace(0, num_rows - 1, 2 * ROWS).astype(np.int32).reshape(2, ROWS)
    rows[1, PLACE] = rows[0, PLACE]
    return rows


def trial_weights(flat: NDArray) -> NDArray:
    """Weights like those of a net that has been trained for a while: `(1, size)` -> the same, moved."""
    return flat + NOISE * np.random.default_rng(0).standard_normal(flat.shape).astype(flat.dtype)


def check_answers(answers: Sequence[NDArray], again: NDArray, mixed: bool) -> None:
    """Raises NetError if what a row is answered depends on the rows beside it, or on when the net was built.

    `answers` hold the logits of both batches, `(2, ROWS, outputs)`, in each mode of the net, its predictions last;
    `again` is what the same net, built anew, predicts of the first one. `mixed` says that it computes in bfloat16.
    """
    close = CLOSE_MIXED if mixed else CLOSE
    if any(_differ(one[PLACE], other[PLACE], close) for one, other in answers):
        raise NetError(MIXES)
    if _differ(answers[-1][0], again, close):
        raise NetError(OTHER)


def _differ(one: NDArray, other: NDArray, close: float) -> bool:
    """Whether two arrays of one shape do, by more than rounding does; what overflows alike does not."""
    finite = np.abs(one[np.isfinite(one)])
    return not np.allclose(one, other, rtol=0.0, atol=close * finite.max(initial=0.0), equal_nan=True)
