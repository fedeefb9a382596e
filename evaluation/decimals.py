"""Number formatting: one rule for the terminal, the page, `report.md` and the figures."""

import math

HUGE, NOISE = 1e7, 1e-14
"""A number from `HUGE` on is written as a power of ten; one up to `NOISE` is the rounding of a difference of 0."""
SMALL, MOST = 1e-4, 6
"""A number of at least `SMALL` needs no power of ten; `MOST` is the largest number of decimals."""


def as_power(value: float, behind: int) -> bool:
    """Whether a number needs a power of ten: it is huge, or `behind` decimals would leave only zeros."""
    return abs(value) >= HUGE or NOISE < abs(value) < min(0.5 * 10**-behind, SMALL)


def decimals(value: float, behind: int) -> str:
    """`value` with `behind` decimals, fewer for a large number; or as a power of ten.

    A number below 1 is never rounded to 1, nor one above 0 to 0: it gets the decimals that it needs, `0.9999` and
    `0.0004` for `behind=3`. The minus is ASCII. A number that is not finite is `undefined`.
    """
    if not math.isfinite(value):
        return "undefined"
    if as_power(value, behind):
        return f"{value:.{behind - 1}e}"
    before = len(str(int(abs(value))))
    return _between(value, max(0, behind - max(0, before - 1)), 1.0)


def percentage(share: float, behind: int = 1) -> str:
    """A share as a percentage: `37.4 %` for 0.374; only 1 is `100.0 %`, and only 0 is `0.0 %`."""
    return f"{_between(100 * share, behind, 100.0)} %"


def _between(value: float, behind: int, top: float) -> str:
    """`value` with enough more decimals to differ from 0 and from `top`; `<` or `>` where `MOST` are too few."""
    if abs(value) <= NOISE or value == top:
        return f"{abs(value) if abs(value) <= NOISE else value:.{behind}f}"
    for digits in range(behind, max(behind, MOST) + 1):
        text = f"{value:.{digits}f}"
        if float(text) not in (0.0, top):
            return text
    if value > top or value < 0:
        return f"{value:.{behind}f}"
    step = 10.0**-MOST
    return f"<{step:.{MOST}f}" if float(text) == 0.0 else f">{top - step:.{MOST}f}"
