"""Metrics at the threshold of each rule, and the highest-loss samples."""

import numpy as np

from evaluation.judging.catalogue import label_of
from reporting.page.blocks import Cell, Grid, Row
from reporting.page.numbers import brief, full, significant
from reporting.page.part import Metrics, Part, Parts, first, where

SHOWN = ("f1", "precision", "recall", "specificity", "accuracy")
SMALLEST = 0.0001
RULES = {"f1": "maximum F1", "youden": "Youden's J", "cost": "minimum expected cost"}


def threshold_rows(parts: Parts) -> list[Row]:
    """The metrics at the threshold of each rule; for a binary task alone."""
    told = first(parts).metrics["thresholds"]
    if not told:
        return []
    note = (
        f"{where(parts).capitalize()}. A rule chooses each fold's threshold on its validation rows, never on the rows "
    )
    note += f"that it is evaluated on. Minimum expected cost: a missed {first(parts).metrics['classes'][1]} costs as "
    note += f"much as {told['cost_ratio']:g} false alarm{'' if told['cost_ratio'] == 1 else 's'}."
    return [Row([_rules(f"Thresholds, {name}", part) for name, part in parts.items()], note)]


def _rules(caption: str, part: Part) -> Grid:
    told, known = part.metrics["thresholds"], "out_of_fold" if part.metrics["out_of_fold"] else "test"
    rows = []
    for rule, one in told["rules"].items():
        name = Cell(RULES.get(rule, f"at {rule}"), "in use" if rule == told["rule"] else "")
        rows.append([name, _between(one["folds"]), *(Cell(full(one[known].get(metric))) for metric in SHOWN)])
    return Grid(caption, ["rule", "threshold", *(label_of(metric) for metric in SHOWN)], rows)


def _between(thresholds: list[float | None]) -> Cell:
    """The median threshold, and the range where they differ."""
    known = [one for one in thresholds if one is not None]
    if not known:
        return Cell(full(None))
    return Cell(
        brief(float(np.median(known))), f"{brief(min(known))} to {brief(max(known))}" if len(set(known)) > 1 else ""
    )


def worst_rows(parts: Parts) -> list[Row]:
    """The highest-loss samples of each framework, each row once."""
    grids = [
        _worst(f"Highest-loss samples, {name}", part) for name, part in parts.items() if part.metrics["worst_rows"]
    ]
    note = f"{where(parts).capitalize()}. Rows are counted from 0, in the order of the table."
    note += "" if first(parts).metrics["task"] == "regression" else " Probability: that of the true class."
    return [Row(grids, note)] if grids else []


def _worst(caption: str, part: Part) -> Grid:
    if part.metrics["task"] == "regression":
        columns = {"target": "true value", "prediction": "predicted", "loss": "squared error"}
    else:
        columns = {
            "target": "true class",
            "prediction": "predicted",
            "probability": "probability of the true class",
            "loss": "loss",
        }
    worst, several = part.metrics["worst_rows"], len(part.metrics["folds"]) > 1
    rows = [
        [Cell(str(one["row"])), *([Cell(part.name(one))] * several), *(_said(one, key) for key in columns)]
        for one in worst
    ]
    folds = [part.name(one) for one in worst] if several else []
    return Grid(caption, ["row", *["fold"] * several, *columns.values()], rows, folds=folds)


def _said(row: Metrics, key: str) -> Cell:
    value = row[key]
    if isinstance(value, str):
        return Cell(value)
    if key == "probability" and value < SMALLEST:
        return Cell(f"< {SMALLEST}")
    return Cell(significant(value, 6) if key == "target" else full(value))
