"""Local regression: the mean of one quantity along another one, without a formula for it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
MARGIN, TINY = 1e-9, 1e-300
"""The nearest points lie within a little more than the farthest of them: where all are equally far, all count."""


def local_mean(x: ArrayLike, y: ArrayLike, places: ArrayLike, span: float = 2 / 3) -> Floats:
    """Value at `places` of straight lines that are fitted locally to the points `x`, `y`, both `(points,)`.

    Loess of degree 1 (Cleveland, JASA 74, 1979) without its robustness iterations: at each place a line is fitted by
    weighted least squares to the share `span` of the points that is nearest, with tricube weights. Where all of these
    have one x, it is their mean.
    """
    xs, ys, at = (np.asarray(values, np.float64) for values in (x, y, places))
    nearest = max(min(len(xs), 2), int(np.ceil(span * len(xs))))
    distances = np.abs(xs - at[:, None])  # (places, points)
    reach = np.partition(distances, nearest - 1, axis=1)[:, nearest - 1 : nearest]
    reach = reach * (1 + MARGIN) + MARGIN * np.abs(xs).max() + TINY
    weights = (1 - np.clip(distances / reach, 0, 1) ** 3) ** 3
    weights /= weights.sum(1, keepdims=True)
    mean_x, mean_y = weights @ xs, weights @ ys
    away = xs - mean_x[:, None]
    spread = (weights * away**2).sum(1)
    slope = np.divide(
        (weights * away) @ ys, spread, out=np.zeros_like(spread), where=spread > 1e-12 * np.square(xs).max()
    )
    return np.asarray(mean_y + slope * (at - mean_x))
