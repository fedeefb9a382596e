"""Everything about a GPU in a few minutes: the law on it, a step of 10 and of 200 members, a large net on many rows.

Where no GPU is to be had, one line says so and every number stays open.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import run_case
from benchmarks.formulas import Step
from benchmarks.spread import spread
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)
# About 50 steps in float64, with SGD, which amplifies no rounding: the bounds of the tests of the law.
LAW = ("training.precision=64", "optimizer.name=sgd", "optimizer.learning_rate=0.05", "training.max_epochs=5")
BOUND = 1e-10
SMALL = Step((30, 64, 64, 1), members=10, batch=32)
LARGE = Step((28, 512, 512, 512, 1), members=1, batch=8192)
# Long epochs, so that what is done once in an epoch hardly counts; HIGGS has 11 million rows of 28 columns.
MANY_ROWS, HIGGS_ROWS = 32_768, 11_000_000
ALL_ROWS = ("folds.test_fraction=0", "folds.validation_fraction=0")
HIGGS = ("folds.method=split", *ALL_ROWS, "training.batch_size=8192", "model.hidden=[512, 512, 512]")
MICROSECONDS, MEMBERS_RATIO, FLOOR_RATIO = 150.0, 1.5, 2.0


def measure(repeats: int, device: str = "gpu", rows: tuple[int, int] = (MANY_ROWS, HIGGS_ROWS)) -> dict[str, Any]:
    """Differences of the law, seconds of steps and the GPU's peaks, by framework; None where it sees no GPU.

    `device="cpu"` with few rows rehearses the script where there is no GPU.
    """
    found: dict[str, Any] = {}
    for framework in FRAMEWORKS:
        name = run_case("gpu_name", "--framework", framework, framework=framework)["gpu"]
        found[framework] = (
            {"gpu": name} | measured(framework, repeats, device, rows) if name or device == "cpu" else None
        )
    if not any(found.values()):
        print("gpu: neither torch nor TensorFlow sees a GPU here; its numbers stay open", file=sys.stderr)
    elif found["lightning"]:
        peaks = run_case("peaks", "--device", "cuda" if device == "gpu" else "cpu")
        found["peaks"] = peaks["by_threads"][str(peaks["threads"])]
    return found


def measured(framework: str, repeats: int, device: str, rows: tuple[int, int]) -> dict[str, Any]:
    """Check, then time."""
    small = steps(framework, repeats, device, (rows[0], 30), (10, 200), (*ALL_ROWS, "folds.repeats=20"))
    large = steps(framework, min(repeats, 3), device, (rows[1], 28), (1,), HIGGS)
    return {"differences": differences(framework, device), "step_seconds": small | {"higgs": large["1"]}}


def differences(framework: str, device: str) -> dict[str, float]:
    """Largest difference of any weight: a member in the stack and alone, and the stack on the device and on the CPU."""
    runs = {"stack": (device, range(10)), "solo": (device, [3]), "cpu": ("cpu", range(10))}
    weights = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (accelerator, folds) in runs.items():
            out = Path(folder) / f"{name}.npz"
            options = ["--framework", framework, "--out", out, "--folds", *folds]
            run_case("weights", *LAW, f"training.accelerator={accelerator}", *options, framework=framework)
            weights[name] = dict(np.load(out))
    stack = weights["stack"]
    return {
        "stack - solo": max(float(np.abs(stack[key][3] - weights["solo"][key][0]).max()) for key in stack),
        "device - cpu": max(float(np.abs(stack[key] - weights["cpu"][key]).max()) for key in stack),
    }


def steps(
    framework: str,
    repeats: int,
    device: str,
    rows: tuple[int, int],
    members: tuple[int, ...],
    overrides: tuple[str, ...],
) -> dict[str, list[float]]:
    """Seconds of a step by members and round, everything of an epoch included."""
    options = ["--framework", framework, "--members", *members, "--rounds", repeats, "--epochs", 2, "--rows", *rows]
    values = run_case("epochs", *overrides, f"training.accelerator={device}", *options, framework=framework)
    return {size: [one / values["steps"] for one in rounds] for size, rounds in values["epoch_seconds"].items()}


def higgs_floor(peaks: dict[str, Any]) -> float:
    """Seconds of a step of the large net: the larger of its arithmetic and its bytes, and its launches."""
    return LARGE.floor_seconds(peaks["flops"], peaks["bytes"]["memory"], peaks["call_seconds"])


def table(values: dict[str, Any]) -> list[list[str]]:
    """Every number beside its target; `open` where there is no GPU."""
    rows = [["on a GPU", *FRAMEWORKS, "target"]]
    names = {
        "device": "",
        "stack and solo, largest difference of a weight": f"at most {BOUND:g}",
        "GPU and CPU, largest difference of a weight": f"at most {BOUND:g}",
        "step of 10 members, us": f"at most {MICROSECONDS:g}",
        "200 members / 10 members": f"at most {MEMBERS_RATIO}x",
        "HIGGS-shaped synthetic rows, step / floor": f"at most {FLOOR_RATIO:g}x",
    }
    columns = [column(values[framework], values.get("peaks")) for framework in FRAMEWORKS]
    for index, (name, target) in enumerate(names.items()):
        rows.append([name, *(cells[index] for cells in columns), target])
    return rows


def column(found: dict[str, Any] | None, peaks: dict[str, Any] | None) -> list[str]:
    """The numbers of one framework."""
    if found is None:
        return ["open"] * 6
    step = {size: spread(rounds).median for size, rounds in found["step_seconds"].items()}
    differences = [f"{value:.1e}" for value in found["differences"].values()]
    higgs = f"{step['higgs'] / higgs_floor(peaks):.2f}" if peaks else "open"
    return [
        found["gpu"] or "cpu", *differences, f"{step['10'] * 1e6:.0f}", f"{step['200'] / step['10']:.2f}", higgs
    ]  # fmt: skip
