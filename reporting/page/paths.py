"""Simplification of SVG paths: 200 folds with a few thousand points each are most of a page."""

import math
import re
from itertools import pairwise

Point = tuple[float, float]

LINE = re.compile(r"M [\d.-]+ [\d.-]+( L [\d.-]+ [\d.-]+)+")
NEAR = 0.05
"""Largest distance of a dropped point from a straight line, in 1/72 inch; coordinates are rounded to a tenth."""


def shorter(path: str) -> str:
    """An SVG path of straight lines without its collinear points, `M 0 0 9.5 3`; any other path unchanged."""
    if not LINE.fullmatch(path):
        return path
    numbers = [float(word) for word in path.split() if word not in "ML"]
    points = _turns(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return "M " + " ".join(f"{place:g}" for point in points for place in point)


def _turns(points: list[Point]) -> list[Point]:
    """The first point, the last, and each one at which the line changes or reverses its direction."""
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
