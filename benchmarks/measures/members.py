"""Members over devices: two workers, each on a core of its own, against one; at least 1.7 times as fast."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.spread import ratios, spread
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)
TARGET = 1.7


def measure(repeats: int, overrides: list[str] | None = None) -> dict[str, Any]:
    """Seconds of all parts of a study by number of workers and round, for each framework."""
    return {
        framework: run_case(
            "members", *(overrides or []), "--framework", framework, "--rounds", repeats, framework=framework
        )
        for framework in FRAMEWORKS
    }


def table(values: dict[str, Any]) -> list[list[str]]:
    """Seconds with one worker and with two, and how many times as fast two are."""
    rows = [["path", "parts", "one worker, s", "two workers, s", "times as fast", "target", ""]]
    for framework in FRAMEWORKS:
        measured = values[framework]
        one, two = (measured["seconds"][count] for count in ("1", "2"))
        faster = ratios(one, two)
        verdict = "ok" if faster.median >= TARGET else "below"
        times = [spread(one).text(), spread(two).text(), faster.text()]
        rows.append([framework, str(measured["parts"]), *times, f"at least {TARGET}", verdict])
    return rows
