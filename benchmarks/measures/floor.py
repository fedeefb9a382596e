"""Measured step of a stack beside its floor, by formula from the measured peaks of the processor."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.formulas import Step
from benchmarks.spread import spread
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)
STEP = Step((30, 64, 64, 1), members=10, batch=32)


def measure(repeats: int) -> dict[str, Any]:
    """The machine's peaks by threads, and seconds of a step of the ten-member stack by framework and round."""
    found: dict[str, Any] = {"peaks": run_case("peaks")["by_threads"]}
    for framework in FRAMEWORKS:
        options = ["--members", STEP.members, "--rounds", repeats, "--epochs", 20]
        values = run_case("epochs", "--framework", framework, *options, framework=framework)
        epochs = values["epoch_seconds"][str(STEP.members)]
        cores = values["cores"][str(STEP.members)]
        found[framework] = {"step_seconds": [one / values["steps"] for one in epochs], "cores": cores}
    return found


def floor_seconds(values: dict[str, Any], cores: int) -> float:
    """Floor of `STEP` on this machine, in seconds; its numbers stay in the cache."""
    peaks = values["peaks"].get(str(cores)) or values["peaks"][max(values["peaks"], key=int)]
    return STEP.floor_seconds(peaks["flops"], peaks["bytes"]["cached"], peaks["call_seconds"])


def table(values: dict[str, Any]) -> list[list[str]]:
    """Formula, peaks, floor, measured step, and the distance."""
    rows = [["a step of 10 members, 30-64-64-1, batch 32", "value"]]
    rows.append(["arithmetic, members x batch x (6 P - 2 d0 d1)", f"{STEP.flops / 1e6:.2f} MFLOP"])
    rows.append(["bytes, Adam 28 n and 4 passes over the activations", f"{STEP.bytes / 1e6:.2f} MB"])
    rows.append(["launches, fused: 3 layers + 5 backward + loss + update", str(STEP.launches)])
    for threads, peaks in values["peaks"].items():
        copies = " and ".join(f"{rate / 1e9:.0f} GB/s ({where})" for where, rate in peaks["bytes"].items())
        call = f"{peaks['call_seconds'] * 1e6:.2f} us a call"
        rows.append([f"peaks, {threads} threads", f"{peaks['flops'] / 1e9:.0f} GFLOP/s, {copies}, {call}"])
    for framework in FRAMEWORKS:
        cores, step = values[framework]["cores"], spread(values[framework]["step_seconds"]).median
        floor = floor_seconds(values, cores)
        shown = f"{step * 1e6:.0f} us, floor {floor * 1e6:.0f} us, {step / floor:.1f} times the floor"
        rows.append([f"{framework}, {cores} cores, measured (a whole epoch / its steps)", shown])
    return rows
