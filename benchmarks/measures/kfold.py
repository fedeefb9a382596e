"""Ten folds of the default study, 100 epochs, no early stopping: all at once, and fold by fold by others.

A repetition runs every case in a process of its own, one after the other: ours A, its peers, ours B, its peer.
Peers are sequential and their folds independent: a repetition times two of the ten folds, others each time, and counts
them five times. They start warm, and predicting is not counted; ours start cold and everything in `fit` counts:
tracing or compiling, live metrics, event files, and predictions.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from benchmarks.child import Values, run_case
from benchmarks.peers import FOLDS, PEERS, chosen_settings
from benchmarks.spread import Spread, ratios, spread

REPEATS = 5
OURS = {"lightning": "Lightning path", "tensorflow": "TensorFlow path"}


class Target(NamedTuple):
    """What a ratio of two cases should be: at least `low`, at most `high`."""

    numerator: str
    denominator: str
    low: float = 0.0
    high: float = float("inf")

    def verdict(self, ratio: float) -> str:
        """`ok`, or on which side the ratio is wrong."""
        if ratio < self.low:
            return "below"
        return "above" if ratio > self.high else "ok"

    def text(self) -> str:
        """The target as it is written in the table."""
        if self.high == float("inf"):
            return f"at least {self.low:g}x"
        return f"at most {self.high:g}x" if self.low == 0 else f"{self.low:.2f}x to {self.high:.2f}x"


TARGETS = (
    Target("trainer_loader", "lightning", low=20),
    Target("trainer_barebones", "lightning", low=10),
    Target("torch_loop", "lightning", low=9),
    Target("sklearn", "lightning", low=3),
    Target("keras_fit", "tensorflow", low=25),
    Target("tensorflow", "lightning", low=1 / 1.5, high=1.5),
    Target("lightning", "lightning_1", high=3),
    Target("tensorflow", "tensorflow_1", high=3),
)


def measure(repeats: int, overrides: list[str] | None = None) -> dict[str, Any]:
    """Seconds for ten folds by case and repetition, AUROC of each fold, and the settings that the peers chose."""
    changes = overrides or []
    settings = chosen_settings(changes)
    runs: dict[str, list[Values]] = defaultdict(list)
    for repetition in range(repeats):
        for framework in OURS:
            runs[framework].append(run_ours(framework, changes))
            runs[f"{framework}_1"].append(run_ours(framework, changes, repetition % FOLDS))
            for name, peer in PEERS.items():
                if peer.framework == framework:
                    runs[name].append(peer.measure(changes, settings[name], repetition))
        print(f"kfold: {repetition + 1} of {repeats} repetitions", file=sys.stderr)
    return {"cases": dict(runs), "settings": {name: " ".join(chosen) for name, chosen in settings.items()}}


def run_ours(framework: str, overrides: list[str], fold: int | None = None) -> Values:
    """One process of one path: all folds, or only `fold`."""
    chosen = [] if fold is None else ["--folds", fold]
    values = run_case("ours", *overrides, "--framework", framework, *chosen, framework=framework)
    return values | {"folds": list(range(FOLDS)) if fold is None else [fold]}


def seconds(values: Mapping[str, Any], case: str) -> list[float]:
    """Seconds of a case in each repetition."""
    return [run["seconds"] for run in values["cases"][case]]


def ratio(values: Mapping[str, Any], target: Target) -> Spread:
    """Spread of the ratio of two cases in each repetition, since both were measured next to each other."""
    return ratios(seconds(values, target.numerator), seconds(values, target.denominator))


def fold_areas(values: Mapping[str, Any], case: str) -> dict[int, float]:
    """AUROC on the scored rows by fold, mean over the repetitions that trained it."""
    found: dict[int, list[float]] = defaultdict(list)
    for run in values["cases"][case]:
        for fold, area in zip(run["folds"], run["auroc"], strict=True):
            found[fold].append(area)
    return {fold: float(np.mean(areas)) for fold, areas in sorted(found.items())}


def area_text(values: Mapping[str, Any], case: str, ours: str) -> str:
    """Mean AUROC, and the mean difference to ours on the same folds with its standard error."""
    areas, reference = fold_areas(values, case), fold_areas(values, ours)
    mean = f"{np.mean(list(areas.values())):.4f}"
    differences = np.array([area - reference[fold] for fold, area in areas.items()])
    if case == ours or len(differences) < 2:
        return mean
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return f"{mean} ({differences.mean():+.4f} +- {error:.4f})"


def table(values: dict[str, Any]) -> list[list[str]]:
    """Seconds, ratio, target and AUROC of every case."""
    rows = [["10 folds, 100 epochs", "seconds", "times ours", "target", "", "mean AUROC (difference to ours)"]]
    titles = OURS | {f"{name}_1": f"{title}, 1 fold" for name, title in OURS.items()}
    titles |= {name: peer.title for name, peer in PEERS.items()}
    for name, title in OURS.items():
        rows.append([title, spread(seconds(values, name)).text(), "", "", "", area_text(values, name, name)])
    for target in TARGETS:
        found = ratio(values, target)
        path = target.denominator if target.denominator in OURS else target.numerator
        row = [target.text(), target.verdict(found.median)]
        if target.denominator in OURS:
            shown = titles[target.numerator] + (" / Lightning path" if target.numerator in OURS else "")
            time, area = spread(seconds(values, target.numerator)).text(), area_text(values, target.numerator, path)
        else:
            shown = f"{titles[target.numerator]} / 1 fold"
            time, area = f"1 fold: {spread(seconds(values, target.denominator)).text()}", ""
        rows.append([shown, time, found.text(1), *row, area])
    return rows
