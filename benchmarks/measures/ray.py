"""Ray's overhead: parts of ten seconds by two actors of a local Ray, against two workers without it."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.spread import ratios, spread
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)
TARGET = 1.1
"""Times as long, at most."""


def measure(repeats: int, overrides: list[str] | None = None, part_seconds: float = 10.0) -> dict[str, Any]:
    """Seconds of all parts of a study by launcher and round, for each framework, and of the start of each launcher."""
    words = ["--rounds", repeats, "--part-seconds", part_seconds]
    return {
        framework: run_case("over_ray", *(overrides or []), "--framework", framework, *words, framework=framework)
        for framework in FRAMEWORKS
    }


def table(values: dict[str, Any]) -> list[list[str]]:
    """Seconds with and without Ray, how many times as long it takes with it, and the starts, which are not in that."""
    rows = [["path", "parts", "s each", "workers, s", "Ray, s", "times as long", "target", "", "starts, s"]]
    for framework in FRAMEWORKS:
        measured = values[framework]
        local, ray = (measured["seconds"][name] for name in ("local", "ray"))
        longer = ratios(ray, local)
        verdict = "ok" if longer.median <= TARGET else "above"
        parts = [str(measured["parts"]), f"{measured['part_seconds']:.1f}"]
        times = [spread(local).text(), spread(ray).text(), longer.text()]
        starts = " and ".join(f"{measured['start'][name]:.1f}" for name in ("local", "ray"))
        rows.append([framework, *parts, *times, f"at most {TARGET}", verdict, starts])
    return rows
