"""Members 1, 2, 5, 10, 50 and 200 against the model line `R(k) = (t_d + k t_c) / (t_d + t_c)`."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.model_line import ModelLine, fit_line
from benchmarks.spread import spread
from configs.learners import LEARNERS

REPEATS = 5
SIZES = (1, 2, 5, 10, 50, 200)
# The sizes of one process have the same number of threads; the large ones are slow enough for fewer epochs.
GROUPS = (((1, 2, 5, 10), 20), ((50, 200), 5))
FRAMEWORKS = tuple(LEARNERS)


def measure(repeats: int, groups: tuple[tuple[tuple[int, ...], int], ...] = GROUPS) -> dict[str, Any]:
    """Seconds of an optimizer step, everything of an epoch included, by framework, members and round."""
    measured: dict[str, Any] = {framework: {"seconds": {}, "cores": {}} for framework in FRAMEWORKS}
    for sizes, epochs in groups:
        for framework in FRAMEWORKS:
            options = ["--members", *sizes, "--rounds", repeats, "--epochs", epochs]
            values = run_case("epochs", "folds.repeats=20", "--framework", framework, *options, framework=framework)
            for size, rounds in values["epoch_seconds"].items():
                measured[framework]["seconds"][size] = [one / values["steps"] for one in rounds]
            measured[framework]["cores"] |= values["cores"]
    for framework in FRAMEWORKS:
        line = line_of(measured, framework)
        measured[framework] |= {"dispatch_seconds": line.dispatch, "compute_seconds": line.compute}
    return measured


def medians(values: dict[str, Any], framework: str) -> dict[int, float]:
    """Seconds of a step by members."""
    return {int(size): spread(rounds).median for size, rounds in values[framework]["seconds"].items()}


def line_of(values: dict[str, Any], framework: str) -> ModelLine:
    """The model line through the medians."""
    return fit_line(medians(values, framework))


def table(values: dict[str, Any]) -> list[list[str]]:
    """Milliseconds of a step, measured R(k), and the line's."""
    rows = [["path", "members", "cores", "ms a step", "us a member", "R(k)", "model line", "off by"]]
    for framework in FRAMEWORKS:
        line, found = line_of(values, framework), medians(values, framework)
        for size, seconds in found.items():
            measured = seconds / found[min(found)]
            each = [f"{seconds * 1e3:.3f}", f"{seconds / size * 1e6:.1f}"]
            cores = str(values[framework]["cores"][str(size)])
            off = f"{measured / line.ratio(size) - 1:+.0%}"
            rows.append([framework, str(size), cores, *each, f"{measured:.2f}", f"{line.ratio(size):.2f}", off])
        parts = f"t_d {line.dispatch * 1e3:.3f} ms", f"t_c {line.compute * 1e6:.1f} us"
        rows.append([f"{framework}: {parts[0]}, {parts[1]}", f"t_d/t_c {line.free_members:.1f}", *[""] * 6])
    return rows
