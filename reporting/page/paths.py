"""Shorter words for the lines of a drawing: 200 folds with a few thousand points each are most of a page."""

import math
import re
from itertools import pairwise

Point = tuple[float, float]

LINE = re.compile(r"M [\d.-]+ [\d.-]+( L [\d.-]+ [\d.-]+)+")
NEAR = 0.05
"""How far from a straight line a point may lie to be left out, in 1/72 inch; places are kept to a tenth."""


def shorter(path: str) -> str:
    """An SVG path of straight lines without the points that it does not turn at, `M 0 0 9.5 3`; any other as it is."""
    if not LINE.fullmatch(path):
        return path
    numbers = [float(word) for word in path.split() if word not in "ML"]
    points = _turns(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return "M " + " ".join(f"{place:g}" for point in points for place in point)


def _turns(points: list[Point]) -> list[Point]:
    """The first point, the last, and each one at which the line leaves the way it went, or goes back on it."""
    kept, heading, reached = points[:1], (0.0, 0.0), 0.0
    for previous, point in pairwise(points):
        x, y = point[0] - kept[-1][0], point[1] - kept[-1][1]
        if abs(x * heading[1] - y * heading[0]) > NEAR or x * heading[0] + y * heading[1] < reached:
            kept.append(previous)
            heading, x, y = (0.0, 0.0), point[0] - previous[0], point[1] - previous[1]
        if heading == (0.0, 0.0) and (length := math.hypot(x, y)):
            heading = x / length, y / length
        reached = x * heading[0] + y * heading[1]
    return [*kept, points[-1]]
