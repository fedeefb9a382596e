"""Whole processes: 24 trials of a search against one training of the default study, and against keras-tuner itself.

Ten folds, 50 epochs, no early stopping. `train` is one run of `scripts/train.py`, `one_shape` a search of 24 trials
that are one stack, `four_shapes` one of 24 trials in four; imports, evaluation and the page are counted. keras-tuner's
`RandomSearch` trains the same folds in a loop of Keras `fit`, for two trials of the four shapes; its imports are not
counted, and its trials are independent.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.child import run_case
from benchmarks.measures.kfold import Target
from benchmarks.spread import Spread, ratios, spread
from configs.files.places import PROJECT
from configs.learners import LEARNERS

REPEATS = 3
FRAMEWORKS = tuple(LEARNERS)
TRIALS = 24
TIMED = 2
"""Trials of keras-tuner that one repetition times."""
STUDY = ("training.max_epochs=50", "training.early_stopping=null", "baselines=[]")
RATES = "optimizer.learning_rate: {low: 1.0e-4, high: 1.0e-2, log: true}, model.dropout: {low: 0.0, high: 0.5}"
SHAPES = f"model.hidden: [[32], [64], [32, 32], [64, 64]], {RATES}"
SPACES = {"one_shape": RATES, "four_shapes": SHAPES}
DEVICES = (1, 4, 16, 64, 256)
MANY, PART = 1000, 10
"""Trials that are estimated, and those of a part, which one device trains at once."""
TARGETS = (Target("one_shape", "train", high=4), Target("keras_tuner", "four_shapes", low=30))


def measure(repeats: int, trials: int = TRIALS, changes: tuple[str, ...] = ()) -> dict[str, Any]:
    """Seconds by framework, case and repetition; for a search and for keras-tuner, seconds of so many `trials`."""
    found: dict[str, dict[str, list[float]]] = {}
    for repetition in range(repeats):
        for framework in FRAMEWORKS:
            for case, taken in repetition_of(framework, trials, changes).items():
                found.setdefault(framework, {}).setdefault(case, []).append(taken)
        print(f"search: {repetition + 1} of {repeats} repetitions", file=sys.stderr)
    return found


def repetition_of(framework: str, trials: int, changes: tuple[str, ...]) -> dict[str, float]:
    """Seconds of each case, one after the other; keras-tuner beside the framework of Keras alone."""
    words = [*STUDY, f"framework={framework}", *changes]
    taken = {"train": process_seconds("train.py", words)}
    for case, space in SPACES.items():
        taken[case] = process_seconds("tune.py", [*words, f"search={{space: {{{space}}}, trials: {trials}}}"])
    if framework == "tensorflow":
        words = [*STUDY, *changes, f"search={{space: {{{SHAPES}}}}}"]
        peer = run_case("peers.keras_tuner_search", *words, "--trials", TIMED, framework=framework)
        taken["keras_tuner"] = peer["seconds"] * trials / TIMED
    return taken


def process_seconds(script: str, words: list[str]) -> float:
    """Seconds of one script from its start to its end. Raises RuntimeError with what it said if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, f"scripts/{script}", *words, f"output.root={folder}"]
        started = time.perf_counter()
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
        taken = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return taken


def ratio(values: dict[str, Any], framework: str, target: Target) -> Spread:
    """Of each repetition, since both were measured next to each other."""
    return ratios(values[framework][target.numerator], values[framework][target.denominator])


def table(values: dict[str, Any]) -> list[list[str]]:
    """Seconds of each case, and the ratios that have a target."""
    rows = [[f"{TRIALS} trials, 10 folds, 50 epochs", "seconds", "ratio", "target", ""]]
    titles = {
        "train": "the study alone",
        "one_shape": "trials of one shape / the study alone",
        "four_shapes": "trials of four shapes",
        "keras_tuner": "keras-tuner, a loop of Keras fit / trials of four shapes",
    }
    targets = {target.numerator: target for target in TARGETS}
    for framework, cases in values.items():
        for case, seconds in cases.items():
            compared = ["", "", ""]
            if case in targets:
                found = ratio(values, framework, targets[case])
                compared = [found.text(1), targets[case].text(), targets[case].verdict(found.median)]
            rows.append([f"{framework}: {titles[case]}", spread(seconds).text(1), *compared])
    return rows


def estimate(values: dict[str, Any]) -> list[list[str]]:
    """Time of 1,000 trials on devices like the measured one: a run, and the parts that each device trains in turn."""
    rows = [["devices", "parts in a row", *(f"{MANY:,} trials x 10 folds, {framework}" for framework in values)]]
    for devices in DEVICES:
        turns = -(-MANY // PART // devices)
        times = (median(cases["train"]) + turns * PART * trial_seconds(cases) for cases in values.values())
        rows.append([str(devices), str(turns), *map(_text, times)])
    return rows


def trial_seconds(cases: Mapping[str, Sequence[float]]) -> float:
    """Seconds that a trial adds to those of one shape."""
    pairs = zip(cases["one_shape"], cases["train"], strict=True)
    return median((search - train) / (TRIALS - 1) for search, train in pairs)


def _text(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
