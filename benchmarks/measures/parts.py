"""The share of a run that metrics, event files and checkpoints take: at most 10 %."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.spread import Spread, spread
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)
COUNTED = ("metrics", "events", "saving")
TARGET = 0.10


def measure(repeats: int, overrides: list[str] | None = None) -> dict[str, Any]:
    """Seconds of whole fits and of their parts, by framework and round."""
    return {
        framework: run_case(
            "parts", *(overrides or []), "--framework", framework, "--rounds", repeats, framework=framework
        )["rounds"]
        for framework in FRAMEWORKS
    }


def share(rounds: list[dict[str, float]], *parts: str) -> Spread:
    """Share of the fit that `parts` take together."""
    return spread([sum(one.get(part, 0.0) for part in parts) / one["fit"] for one in rounds])


def table(values: dict[str, Any]) -> list[list[str]]:
    """Per cent of the fit; the forward pass over the validation rows is shown and not counted."""
    rows = [["path", "fit, s", *COUNTED, "together", "target", "", "validation, forward"]]
    for framework in FRAMEWORKS:
        rounds = values[framework]
        each = [f"{share(rounds, part).median:.1%}" for part in COUNTED]
        together = share(rounds, *COUNTED).median
        verdict = "ok" if together <= TARGET else "above"
        fit = spread([one["fit"] for one in rounds]).text()
        forward = f"{share(rounds, 'validation').median:.1%}"
        rows.append([framework, fit, *each, f"{together:.1%}", f"at most {TARGET:.0%}", verdict, forward])
    return rows
