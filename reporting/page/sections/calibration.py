"""Calibration of the probabilities, before and after temperature scaling."""

import numpy as np

from evaluation.choices.calibration import shift_in_words
from reporting.page.blocks import Cell, Grid, Row
from reporting.page.numbers import full
from reporting.page.part import Metrics, Part, Parts, first, lines_of_each

KNOWN = {"ece": "expected calibration error ↓", "brier": "Brier score ↓", "loss": "loss ↓"}
PLACES = {"out_of_fold": "Calibration, out of fold", "test": "Calibration, held-out test set"}


def calibration_rows(parts: Parts) -> list[Row]:
    """Calibration error, Brier score and loss, uncalibrated and temperature-scaled; nothing for a regression."""
    places = {key: title for key, title in PLACES.items() if first(parts).metrics["calibration"].get(key)}
    grids = [_grid(parts, key, title) for key, title in places.items()]
    note = "Temperature-scaled: every logit is divided by the temperature of its model, fitted on validation rows. "
    shift = [f"{told[0].upper()}{told[1:]}." for told in lines_of_each(parts, _shift)]
    return [Row(grids, note + " ".join([*lines_of_each(parts, _temperatures), *shift]))] if grids else []


def _grid(parts: Parts, key: str, title: str) -> Grid:
    told = [part.metrics["calibration"][key] for part in parts.values()]
    rows = [
        [Cell(name), *(Cell(full(values[metric])) for one in told for values in (one, one["after"]))]
        for metric, name in KNOWN.items()
    ]
    return Grid(
        title, ["", *["uncalibrated", "temperature-scaled"] * len(parts)], rows, groups=[(name, 2) for name in parts]
    )


def _shift(part: Part) -> str:
    return shift_in_words(part.metrics["calibration"])


def _temperatures(part: Part) -> str:
    """The fitted temperatures, and whether they improve calibration."""
    told = part.metrics["calibration"]
    unfitted, folds = told.get("reasons", {}), len(told["temperature"])
    known = [one for place, one in enumerate(told["temperature"]) if str(place) not in unfitted]
    sentences = []
    if known:
        several = f", from {min(known):.2f} to {max(known):.2f}" if len(known) > 1 else ""
        sentences.append(f"Median temperature {np.median(known):.2f}{several}.")
    if unfitted:
        sentences.append(f"{len(unfitted)} of {folds} could not be fitted and are 1.")
    if _is_worse(told["out_of_fold"] or told["test"]):
        sentences.append("Scaling makes the loss worse here: take the uncalibrated probabilities.")
    return " ".join(sentences)


def _is_worse(calibration: Metrics) -> bool:
    before, after = calibration["loss"], calibration["after"]["loss"]
    return before is not None and after is not None and after > before
