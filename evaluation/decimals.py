"""How a number is written: one rule for the terminal, the page, `report.md` and the figures."""

import math

HUGE, NOISE = 1e7, 1e-14
"""From here on a number is written as a power of ten; and what is left of equal shares that were subtracted."""
SMALL, MOST = 1e-4, 6
"""From here on a number needs no power of ten; and the most digits behind the point."""


def as_power(value: float, behind: int) -> bool:
    """Whether a number needs a power of ten: a huge one, and one of which so many digits would leave only zeros."""
    return abs(value) >= HUGE or NOISE < abs(value) < min(0.5 * 10**-behind, SMALL)


def decimals(value: float, behind: int) -> str:
    """So many digits behind the point; fewer of a large number, which has enough before it; or a power of ten.

    A number below 1 is never rounded to 1, nor one above 0 to 0: it gets the digits that it needs, `0.9999` and
    `0.0004` with three asked for. The minus is ASCII. A number that is not finite is `undefined`.
    """
    if not math.isfinite(value):
        return "undefined"
    if as_power(value, behind):
        return f"{value:.{behind - 1}e}"
    before = len(str(int(abs(value))))
    return _between(value, max(0, behind - max(0, before - 1)), 1.0)


def percentage(share: float, behind: int = 1) -> str:
    """A share as a percentage, without the sign; only 1 is `100.0`, and only 0 is `0.0`."""
    return _between(100 * share, behind, 100.0)


def _between(value: float, behind: int, top: float) -> str:
    """With as many more digits as tell `value` from 0 and from `top`; `<` or `>` where `MOST` of them cannot."""
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
