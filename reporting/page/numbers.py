"""Number formatting on the page: metrics, percentages, intervals, counts."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluation.decimals import HUGE, decimals, percentage
from evaluation.judging.catalogue import label_of

UNDEFINED, ABSENT = "undefined", "\N{EN DASH}"
MINUS_SIGN = re.compile(r"(?<![\w.])-(?=\d)")


def digits(value: float | None, behind: int) -> str:
    """`decimals` with a true minus sign; `undefined` for None."""
    return UNDEFINED if value is None else _signed(decimals(value, behind))


def _signed(text: str) -> str:
    """`text` with a true minus sign, and none before a zero."""
    return text.replace("-", "\N{MINUS SIGN}") if text.strip("-0. %") else text.replace("-", "")


def with_signs(text: str) -> str:
    """A sentence of the terminal with the signs of the page: a true minus before a number, and ± for `+-`."""
    return MINUS_SIGN.sub("\N{MINUS SIGN}", text.replace("+-", "±"))


def full(value: float | None) -> str:
    """A number in a table."""
    return digits(value, 4)


def brief(value: float | None) -> str:
    """A number in a sentence."""
    return digits(value, 3)


def significant(value: float, number: int) -> str:
    """`value` with `number` significant digits, without trailing zeros."""
    return _signed(f"{value:.{number}g}")


def percent(share: float) -> str:
    """`37.4 %` for 0.374."""
    return _signed(percentage(share))


def whole_percent(share: float) -> str:
    """`37 %` for 0.374, where there is little room."""
    return percentage(share, 0)


def deviations(number: float) -> str:
    """`-5.3 deviations`, `+4.1 deviations`."""
    return _signed(f"{number:+.1f} deviations")


def bound(value: float) -> str:
    """The smallest number of one digit that is not below `value`, at least a millionth: `0.000001`, `0.003`, `20`."""
    if value <= 1e-6:
        return "0.000001"
    power = math.floor(math.log10(value))
    if value >= HUGE:
        return f"{math.ceil(value / 10**power - 1e-9)}e+{power:02d}"
    return f"{math.ceil(value / 10**power - 1e-9) * 10.0**power:.{max(0, -power)}f}"


def span(interval: Mapping[str, Any] | None, write: Callable[[float], str] = full) -> str:
    """`0.9850 to 0.9980` for an interval with `low` and `high`; "" where there is none."""
    if not interval or interval["low"] is None:
        return ""
    return f"{write(interval['low'])} to {write(interval['high'])}"


def methods(intervals: Mapping[str, Mapping[str, Any]], metrics_shown: Sequence[str]) -> str:
    """Methods of these metrics' intervals: `DeLong for AUROC; BCa bootstrap for the rest`; or why there is none."""
    metrics: dict[tuple[str, str], list[str]] = {}
    for metric, one in [(name, intervals[name]) for name in metrics_shown if name in intervals]:
        how = (one["method"], "") if one["low"] is not None else ("none", f", as {one['reason']}")
        metrics.setdefault(how, []).append(label_of(metric))
    ordered = sorted(metrics.items(), key=lambda item: len(item[1]))
    told = [f"{method} for {listed(names)}{why}" for (method, why), names in ordered[:-1]]
    return "; ".join([*told, *(method + " for the rest" * bool(told) + why for (method, why), _ in ordered[-1:])])


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def count(number: int, one: str) -> str:
    """`1 row`, `2 rows`, `1,000 rows`."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"
