"""All GPU measurements of one framework, in one process: a line of JSON for each figure, as soon as it is measured.

A figure that fails says why, and the others are still measured; those that do not begin in time are left out.
"""

import gc
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.cases.emit import case_parser, case_study
from benchmarks.cases.memory_use import peak_mib, reset_peak
from benchmarks.cases.synthetic import synthetic_folds, synthetic_table
from benchmarks.formulas import large_step
from configs.learners import LEARNERS
from datamodules.fold_data import FoldData, fold_data, training_plan
from experiment.rules.resources.fitting import member_bytes
from experiment.run.framework_directory import FrameworkDirectory

# Some 50 steps of SGD, which amplifies no rounding: the bounds of the tests of the law.
LAW = ("optimizer.name=sgd", "optimizer.learning_rate=0.05", "training.max_epochs=5", "output.tensorboard=false")
ALL_ROWS = ("folds.test_fraction=0", "folds.validation_fraction=0", "output.tensorboard=false")
WIDE = ("folds.splits=5", *ALL_ROWS, "training.max_epochs=2")
UNITS = {"gpu": 2000, "cpu": 200}
Values = dict[str, Any]


class Figures:
    """The figures of one framework on one device."""

    def __init__(self, framework: str, device: str, repeats: int) -> None:
        """The data and the stack of the figures; nothing is timed here."""
        self.framework, self.device, self.repeats = framework, device, repeats
        self.own = (f"training.accelerator={device}",)
        self.room = import_module(LEARNERS[framework].fit)
        self.timed = import_module(f"benchmarks.cases.stack_{framework}")

    def weights(self, *overrides: str, folds: list[int] | None = None) -> dict[str, np.ndarray]:
        """Weights of the default study after some fifty steps."""
        study = case_study([*LAW, *self.own, *overrides])
        data = fold_data(study)
        data = data if folds is None else data.subset(folds)
        with tempfile.TemporaryDirectory() as folder:
            return dict(self.room.fit(study, data, FrameworkDirectory(Path(folder))).weights)

    def from_cpu(self, reference: Path, precision: str) -> float:
        """Largest difference of a weight to the same on the CPU in float64."""
        return _difference(self.weights(f"training.precision={precision}"), dict(np.load(reference)))

    def alone(self) -> float:
        """Largest difference of a weight of a member in the stack and alone, in float64."""
        stack, alone = (self.weights("training.precision=64", folds=folds) for folds in (None, [3]))
        return _difference({name: array[3:4] for name, array in stack.items()}, alone)

    def step(self, overrides: tuple[str, ...], rows: tuple[int, int], members: int) -> list[float]:
        """Seconds of a step in each round, everything of an epoch included."""
        study = case_study([*overrides, *self.own])
        data = synthetic_folds(study, synthetic_table(*rows)).subset(range(members))
        stack = self.timed.TimedStack(study, data)
        stack.epochs(1)
        steps = training_plan(data, study.training).steps
        return [median(stack.epochs(2)) / steps for _ in range(self.repeats)]

    def memory(self) -> Values:
        """Bytes that a member of a wide net adds to the peak of a training, and the estimate."""
        peaks = {members: self._peak(members) for members in (1, 5)}
        study, data = self._wide(1)
        _, cost = self.room.prepare(study, data)
        return {"measured": (peaks[5] - peaks[1]) / 4, "estimated": member_bytes(study, data, cost)}

    def _wide(self, members: int) -> tuple[Any, FoldData]:
        units = UNITS[self.device]
        study = case_study([*WIDE, f"model.hidden=[{units}, {units}]", *self.own])
        return study, synthetic_folds(study, synthetic_table(2000, 30)).subset(range(members))

    def _peak(self, members: int) -> int:
        study, data = self._wide(members)
        on_gpu = self.device == "gpu"
        (self.timed.reset_peak if on_gpu else reset_peak)()
        with tempfile.TemporaryDirectory() as folder:
            self.room.fit(study, data, FrameworkDirectory(Path(folder)))
        peak = self.timed.peak_bytes() if on_gpu else int(peak_mib() * 2**20)
        gc.collect()
        return peak


def planned(figures: Figures, reference: Path, rows: tuple[int, int]) -> dict[str, Callable[[], Any]]:
    """The measurements by name, in their order; `rows` are those of the small net and of the large one."""
    small, large = (*ALL_ROWS, "folds.repeats=20"), partial(figures.step, rows=(rows[1], 28), members=1)
    net = large_step(figures.device)
    single = (
        "folds.method=split", *ALL_ROWS, f"training.batch_size={net.batch}", f"model.hidden={list(net.widths[1:-1])}"
    )  # fmt: skip
    step = partial(figures.step, small, (rows[0], 30))
    plan: dict[str, Callable[[], Any]] = {
        "stack - alone": figures.alone,
        "device - cpu": partial(figures.from_cpu, reference, "64"),
        "step 10": partial(step, members=10),
        "step 200": partial(step, members=200),
        "large 32": partial(large, single),
        "memory": figures.memory,
    }
    for precision in ("32", "tf32", "bf16"):
        plan[f"precision {precision}"] = partial(figures.from_cpu, reference, precision)
    for precision in ("tf32", "bf16", "64"):
        plan[f"large {precision}"] = partial(large, (*single, f"training.precision={precision}"))
    plan["step 10 eager"] = partial(figures.step, (*small, "training.engine=eager"), (rows[0], 30), members=10)
    return plan


def _difference(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


def measured(figure: Callable[[], Any], deadline: float) -> Values:
    """`value` and `seconds` of a figure; or why it `failed`, or that it was `left_out`."""
    started = time.monotonic()
    if started > deadline:
        return {"left_out": True}
    try:
        return {"value": figure(), "seconds": round(time.monotonic() - started, 1)}
    except Exception as error:  # of any kind on an unknown device or version; the other figures are still measured
        return {"failed": f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"}


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--reference", type=Path, required=True, help="weights of the CPU in float64")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=200.0, help="after which no figure is begun")
    parser.add_argument("--rows", type=int, nargs=2, required=True, help="of the small net, and of the large one")
    arguments = parser.parse_args()
    deadline = time.monotonic() + arguments.seconds
    figures = Figures(arguments.framework, arguments.device, arguments.repeats)
    for name, figure in planned(figures, arguments.reference, tuple(arguments.rows)).items():
        print(json.dumps({"name": name} | measured(figure, deadline)), flush=True)
