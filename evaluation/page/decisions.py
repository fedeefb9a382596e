"""What the rows are called: the confusion matrix, what other thresholds would make of it, the most wrong rows."""

import numpy as np

from evaluation.metric_names import NAMES
from evaluation.page.blocks import Cell, Grid, Row
from evaluation.page.numbers import brief, full, percent, significant, whole_percent
from evaluation.page.part import Metrics, Part, Parts, first, said_of_each, where

MOST_SHOWN_CLASSES, MOST_DECIMALS, MOST_PAIRS = 12, 5, 15
SHOWN = ("f1", "precision", "recall", "specificity", "accuracy")
SMALLEST = 0.0001
RULES = {"f1": "best F1", "youden": "Youden", "cost": "least cost"}


def confusion_rows(parts: Parts) -> list[Row]:
    """The confusion matrix of each framework; of many classes only those that are taken for each other most often."""
    few = len(first(parts).metrics["classes"]) <= MOST_SHOWN_CLASSES
    note = "Shares are of the true class." if few else "The classes that are taken for each other most often."
    grids = [
        (_matrix if few else _pairs)(f"Confusion matrix, {name}", np.array(part.judged["confusion_matrix"]), part)
        for name, part in parts.items()
        if "confusion_matrix" in part.judged
    ]
    fewer = said_of_each(parts, lambda part: f"{part.finite}." if part.finite else "")
    note = " ".join([f"{where(parts).capitalize()}. {note}", *fewer])
    return [Row(grids, note)] if grids else []


def _matrix(caption: str, counts: np.ndarray, part: Part) -> Grid:
    shares, classes = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), part.metrics["classes"]
    write, rows = percent if len(classes) <= MOST_DECIMALS else whole_percent, []
    for name, line, line_shares in zip(classes, counts.tolist(), shares.tolist(), strict=True):
        cells = [Cell(f"{n:,}", write(share) if n else "", share) for n, share in zip(line, line_shares, strict=True)]
        rows.append([Cell(name), *cells])
    return Grid(caption, ["true class", *classes], rows, groups=[("called", len(classes))])


def _pairs(caption: str, counts: np.ndarray, part: Part) -> Grid:
    wrong, classes = counts - np.diag(np.diag(counts)), part.metrics["classes"]
    cells = [divmod(int(cell), len(classes)) for cell in np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]]
    rows = [[Cell(classes[i]), Cell(classes[j]), Cell(f"{wrong[i, j]:,}")] for i, j in cells if wrong[i, j]]
    return Grid(caption, ["true class", "called", "rows"], rows)


def threshold_rows(parts: Parts) -> list[Row]:
    """What each rule would make of the decisions; for a binary task alone."""
    told = first(parts).metrics["thresholds"]
    if not told:
        return []
    note = (
        f"{where(parts).capitalize()}. A rule chooses each fold's threshold on its validation rows, never on the rows "
    )
    note += f"that it is judged on. Least cost: a missed {first(parts).metrics['classes'][1]} costs as much as "
    note += f"{told['cost_ratio']:g} false alarm{'' if told['cost_ratio'] == 1 else 's'}."
    return [Row([_rules(f"Thresholds, {name}", part) for name, part in parts.items()], note)]


def _rules(caption: str, part: Part) -> Grid:
    told, known = part.metrics["thresholds"], "out_of_fold" if part.metrics["out_of_fold"] else "test"
    rows = []
    for rule, one in told["rules"].items():
        name = Cell(RULES.get(rule, f"at {rule}"), "in use" if rule == told["rule"] else "")
        rows.append([name, _between(one["folds"]), *(Cell(full(one[known].get(metric))) for metric in SHOWN)])
    return Grid(caption, ["rule", "threshold", *(NAMES[metric] for metric in SHOWN)], rows)


def _between(thresholds: list[float | None]) -> Cell:
    """The median threshold, and the range where they differ."""
    known = [one for one in thresholds if one is not None]
    if not known:
        return Cell(full(None))
    return Cell(
        brief(float(np.median(known))), f"{brief(min(known))} to {brief(max(known))}" if len(set(known)) > 1 else ""
    )


def worst_rows(parts: Parts) -> list[Row]:
    """The most wrong rows of each framework."""
    grids = [_worst(f"Most wrong rows, {name}", part) for name, part in parts.items() if part.metrics["worst_rows"]]
    note = f"{where(parts).capitalize()}. Rows are counted from 0, in the order of the table."
    return [Row(grids, note)] if grids else []


def _worst(caption: str, part: Part) -> Grid:
    if part.metrics["task"] == "regression":
        columns = {"target": "true value", "prediction": "predicted", "loss": "squared error"}
    else:
        columns = {"target": "true class", "prediction": "called", "probability": "probability", "loss": "loss"}
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
