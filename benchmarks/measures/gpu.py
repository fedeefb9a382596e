"""GPU measurements in under eight minutes: agreement with the CPU, devices, precisions, time of a step, and memory.

Without a GPU one line says so, and every number stays open. `--cpu` rehearses all of it on the CPU.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.child import run_case, run_figures
from benchmarks.formulas import PRECISIONS, Step, large_step
from benchmarks.spread import spread
from configs.learners import LEARNERS

REPEATS = 3
FRAMEWORKS = tuple(LEARNERS)
SECONDS = 440.0
"""After which no figure is begun; the one that has begun may take half a minute more."""
LAW = ("training.precision=64", "optimizer.name=sgd", "optimizer.learning_rate=0.05", "training.max_epochs=5")
BOUNDS = {"64": 1e-10, "32": 1e-4, "tf32": 2e-2, "bf16": 1e-1}
"""Largest difference of a weight to float64 after fifty steps of SGD: as in the tests of the law, which measure it."""
SMALL = {members: Step((30, 64, 64, 1), members=members, batch=32) for members in (10, 200)}
# Long epochs, so that what is done once in an epoch hardly counts: 2 of the 11 million rows of HIGGS.
ROWS, REHEARSED = (32_768, 2_097_152), (512, 2048)
MICROSECONDS, MEMBERS_RATIO, FLOOR_RATIO = 150.0, 1.5, 2.0
NEEDED = (
    "numpy", "pydantic", "pydantic_core", "yaml", "polars", "pyarrow", "scipy", "sklearn", "joblib", "threadpoolctl",
    "safetensors", "filelock", "rich", "matplotlib", "PIL", "tensorboard", "narwhals",
)  # fmt: skip
"""Packages without which the Lightning path, or this script, cannot be imported: no TensorFlow, no google-crc32c."""


def measure(repeats: int, device: str = "gpu", frameworks: tuple[str, ...] = FRAMEWORKS) -> dict[str, Any]:
    """Figures by framework and name, None of a framework that sees no GPU; and the device's peaks.

    `device="cpu"` with few rows rehearses the script where there is no GPU.
    """
    started, found = time.monotonic(), {"device": device} | dict[str, Any](dict.fromkeys(FRAMEWORKS))
    seen = {name: _gpus(name) for name in frameworks}
    able = [name for name in frameworks if seen[name] or (device == "cpu" and seen[name] is not None)]
    if not able:
        print("gpu: no framework sees a GPU here; its numbers are open", file=sys.stderr)
        return found
    for place, name in enumerate(able):
        left = SECONDS - (time.monotonic() - started)
        figures = _figures(name, repeats, device, left / (len(able) - place))
        if len(seen[name] or []) > 1 or device == "cpu":
            figures["devices"] = _over_devices(name, device)
        found[name] = {"gpus": seen[name], "figures": figures}
    if "lightning" in able:
        found["peaks"] = _peaks(device)
    return found | {"seconds": round(time.monotonic() - started, 1)}


def _gpus(framework: str) -> list[dict[str, Any]] | None:
    """The GPUs that a framework sees; None if it cannot be imported, with a line that says why."""
    try:
        gpus: list[dict[str, Any]] = run_case("gpus", "--framework", framework, framework=framework)["gpus"]
        return gpus
    except (RuntimeError, OSError) as error:
        print(f"gpu: {framework} is left out: {str(error).strip().splitlines()[-1]}", file=sys.stderr)
        return None


def _figures(framework: str, repeats: int, device: str, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        reference, started = Path(folder) / "cpu.npz", time.monotonic()
        options = ["--framework", framework, "--out", reference]
        run_case("weights", *LAW, "training.accelerator=cpu", *options, framework=framework)
        left = seconds - (time.monotonic() - started)
        rows = ROWS if device == "gpu" else REHEARSED
        options = ["--framework", framework, "--device", device, "--reference", reference, "--repeats", repeats]
        return run_figures("gpu", *options, "--seconds", left, "--rows", *rows, framework=framework, timeout=left + 60)


def _over_devices(framework: str, device: str) -> dict[str, Any]:
    """Largest difference of a logit between a run on one device and on two."""
    few = ["training.max_epochs=5"] if device == "cpu" else []
    try:
        return run_case("over_devices", *few, "--framework", framework, "--device", device, framework=framework)
    except RuntimeError as error:
        return {"failed": str(error).strip().splitlines()[-1]}


def _peaks(device: str) -> dict[str, Any]:
    options = ["--device", "cuda" if device == "gpu" else "cpu"]
    peaks = run_case("peaks", *options, "--precisions", *(PRECISIONS if device == "gpu" else ["32"]))
    found: dict[str, Any] = peaks["by_threads"][str(peaks["threads"])]
    return found


def floor_seconds(step: Step, peaks: dict[str, Any], precision: str = "32") -> float:
    """The larger of a step's arithmetic and its bytes, and its launches, at the peaks of the device."""
    flops = peaks["by_precision"].get(precision, peaks["flops"])
    return step.floor_seconds(flops, peaks["bytes"]["memory"], peaks["call_seconds"])


def table(values: dict[str, Any]) -> list[list[str]]:
    """Every figure beside its floor or its bound, and its target; `open` where there is no GPU."""
    peaks = values.get("peaks")
    rows = [["on a GPU", *FRAMEWORKS, "floor by formula", "target"]]
    rows.append(["device", *(_device(values[name]) for name in FRAMEWORKS), "", ""])
    for name, (title, floor, target) in _lines(peaks, values.get("device", "gpu")).items():
        cells = [_cell(values[framework], name, floor) for framework in FRAMEWORKS]
        rows.append([title, *cells, f"{floor * 1e6:.0f} us" if floor else "", target])
    ratio = [_ratio(values[framework]) for framework in FRAMEWORKS]
    rows.append(["200 members / 10 members", *ratio, "", f"at most {MEMBERS_RATIO}x"])
    return rows


def _lines(peaks: dict[str, Any] | None, device: str) -> dict[str, tuple[str, float, str]]:
    """Title, floor (0 where there is none) and target of each figure."""
    lines: dict[str, tuple[str, float, str]] = {}
    bound = f"at most {BOUNDS['64']:g}"
    lines["stack - alone"] = ("a member in the stack and alone, float64: largest difference of a weight", 0.0, bound)
    lines["device - cpu"] = ("GPU and CPU, float64: largest difference of a weight", 0.0, bound)
    lines["devices"] = ("members over one device and two, equal parts: largest difference of a logit", 0.0, "0")
    for one in PRECISIONS[1:]:
        title = f"precision {one} on the GPU and float64 on the CPU: largest difference of a weight"
        lines[f"precision {one}"] = (title, 0.0, f"at most {BOUNDS[one]:g}")
    for members, step in SMALL.items():
        target = f"at most {MICROSECONDS:g} us" if members == 10 else ""
        lines[f"step {members}"] = (f"step of {members} members", floor_seconds(step, peaks) if peaks else 0.0, target)
    floor = floor_seconds(SMALL[10], peaks) if peaks else 0.0
    lines["step 10 eager"] = ("step of 10 members, engine eager", floor, "")
    for one in PRECISIONS:
        floor = floor_seconds(large_step(device, one), peaks, one) if peaks else 0.0
        lines[f"large {one}"] = (f"step of a large net on HIGGS-shaped rows, {one}", floor, f"at most {FLOOR_RATIO:g}x")
    lines["memory"] = ("memory of a member of a wide net, measured / estimated", 0.0, "at most 1x")
    return lines


def _device(found: dict[str, Any] | None) -> str:
    if found is None:
        return "open"
    gpus = [gpu["name"] for gpu in found["gpus"]]
    return f"{gpus[0]}{f', one of {len(gpus)}' * (len(gpus) > 1)}" if gpus else "CPU (rehearsal)"


def _cell(found: dict[str, Any] | None, name: str, floor: float) -> str:
    figure = found["figures"].get(name, {"left_out": True}) if found else {"left_out": True}
    if "value" not in figure:
        return "failed" if "failed" in figure else "open"
    value = figure["value"]
    if isinstance(value, dict):
        return f"{value['measured'] / value['estimated']:.2f}"
    if isinstance(value, list):
        seconds = spread(value).median
        return f"{seconds * 1e6:.0f} us{f', {seconds / floor:.1f}x' if floor else ''}"
    return f"{value:.1e}"


def _ratio(found: dict[str, Any] | None) -> str:
    figures = found["figures"] if found else {}
    ten, many = (figures.get(f"step {members}", {}).get("value") for members in SMALL)
    return f"{spread(many).median / spread(ten).median:.2f}" if ten and many else "open"
