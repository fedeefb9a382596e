"""A line of a drawing in fewer points is the same line."""

import numpy as np
import pytest

from reporting.page.paths import shorter


def path(points) -> str:
    return "M " + " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)


def places(words: str) -> np.ndarray:
    return np.array(words.replace("M", "").replace("L", "").split(), float).reshape(-1, 2)


@pytest.mark.parametrize(
    ("points", "kept"),
    [
        ([(0, 0), (0, 5), (0, 9.5), (3, 9.5), (8, 9.5)], "M 0 0 0 9.5 8 9.5"),  # stairs
        ([(0, 0), (1, 1), (2, 2), (3, 1)], "M 0 0 2 2 3 1"),
        ([(0, 0), (5, 0), (2, 0), (9, 0)], "M 0 0 5 0 2 0 9 0"),  # there and back
        ([(4, 4), (4, 4), (4, 4), (6, 4)], "M 4 4 6 4"),
        ([(-1.5, 2), (3, 2.5)], "M -1.5 2 3 2.5"),
    ],
)
def test_points_on_the_way_are_left_out(points, kept):
    assert shorter(path(points)) == kept


def test_no_point_lies_farther_from_the_shorter_line_than_a_tenth():
    rng = np.random.default_rng(0)
    points = np.cumsum(rng.choice([0.0, 0.1, 0.2, 1.0], size=(400, 2)), axis=0)
    words = shorter(path(points))
    kept = places(words)
    assert len(words) < 0.8 * len(path(points))
    corners, ways = kept[:-1], np.diff(kept, axis=0)
    for point in np.round(points, 1):
        share = np.clip(np.sum((point - corners) * ways, axis=1) / np.sum(ways**2, axis=1), 0, 1)
        assert np.hypot(*(corners + share[:, None] * ways - point).T).min() <= 0.1


@pytest.mark.parametrize("curve", ["M 0 0 C 1 1 2 2 3 3", "M 0 0 L 1 1 z", "M 0 0", ""])
def test_what_is_no_line_stays_as_it_is(curve):
    assert shorter(curve) == curve
