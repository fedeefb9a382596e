"""Overhead of a Trainer and of Keras's `fit` in a step and in an epoch, measured with a linear net."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.spread import Spread, spread
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)


def measure(repeats: int) -> dict[str, Any]:
    """Seconds of an epoch of few and of many steps, by framework, round and way."""
    return {
        framework: run_case("overhead", "--framework", framework, "--rounds", repeats, framework=framework)
        for framework in FRAMEWORKS
    }


def per_step(steps: list[int], seconds: list[float]) -> float:
    """Seconds of a step: the slope of the line through two epochs."""
    return (seconds[1] - seconds[0]) / (steps[1] - steps[0])


def per_epoch(steps: list[int], seconds: list[float]) -> float:
    """Seconds of an epoch without its steps; not below 0."""
    return max(0.0, seconds[0] - steps[0] * per_step(steps, seconds))


def of_way(values: dict[str, Any], way: str) -> tuple[Spread, Spread]:
    """Seconds of a step and of an epoch, over the rounds."""
    steps, rounds = values["steps"], [one[way] for one in values["rounds"]]
    return spread([per_step(steps, one) for one in rounds]), spread([per_epoch(steps, one) for one in rounds])


def table(values: dict[str, Any]) -> list[list[str]]:
    """Microseconds of a step, milliseconds of an epoch."""
    rows = [["linear net, batches of 32 x 30", "us a step", "ms an epoch"]]
    for framework in FRAMEWORKS:
        for way in values[framework]["rounds"][0]:
            step, epoch = of_way(values[framework], way)
            shown = [Spread(*(1e6 * v for v in step)).text(0), Spread(*(1e3 * v for v in epoch)).text(2)]
            rows.append([f"{framework}: {way}", *shown])
    return rows
