"""Classification: the confusion matrix, and precision, recall and F1 of each class."""

import numpy as np

from evaluation.judging.catalogue import label_of
from reporting.figures.confusion import MOST_COUNTED_CLASSES
from reporting.page.blocks import Cell, Grid, Row
from reporting.page.numbers import full, percent, whole_percent
from reporting.page.part import Part, Parts, first, lines_of_each, where

MOST_DECIMALS, MOST_PAIRS = 5, 15
PER_CLASS = ("precision", "recall", "f1")


def confusion_rows(parts: Parts) -> list[Row]:
    """The confusion matrix of each framework; of many classes the most frequent confusions."""
    few = len(first(parts).metrics["classes"]) <= MOST_COUNTED_CLASSES
    write, title = (_matrix, "Confusion matrix") if few else (_pairs, "Most frequent confusions")
    shown = {name: part for name, part in parts.items() if "confusion_matrix" in part.judged}
    grids = [write(f"{title}, {name}", np.array(part.judged["confusion_matrix"]), part) for name, part in shown.items()]
    fewer = lines_of_each(parts, lambda part: f"{part.finite}." if part.finite else "")
    note = " ".join([f"{where(parts).capitalize()}.", *["Shares are of the true class."] * few, *fewer])
    return [Row(grids, note)] if grids else []


def _matrix(caption: str, counts: np.ndarray, part: Part) -> Grid:
    shares, classes = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), part.metrics["classes"]
    write, rows = percent if len(classes) <= MOST_DECIMALS else whole_percent, []
    for name, line, line_shares in zip(classes, counts.tolist(), shares.tolist(), strict=True):
        cells = [Cell(f"{n:,}", write(share) if n else "", share) for n, share in zip(line, line_shares, strict=True)]
        rows.append([Cell(name), *cells])
    return Grid(caption, ["true class", *classes], rows, groups=[("predicted class", len(classes))])


def _pairs(caption: str, counts: np.ndarray, part: Part) -> Grid:
    wrong, classes = counts - np.diag(np.diag(counts)), part.metrics["classes"]
    cells = [divmod(int(cell), len(classes)) for cell in np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]]
    rows = [[Cell(classes[i]), Cell(classes[j]), Cell(f"{wrong[i, j]:,}")] for i, j in cells if wrong[i, j]]
    return Grid(caption, ["true class", "predicted class", "rows"], rows)


def class_rows(parts: Parts) -> list[Row]:
    """Precision, recall, F1 and support of each class, and their means; for a multiclass task alone."""
    grids = [_classes(f"Each class, {name}", part) for name, part in parts.items() if "per_class" in part.judged]
    note = "Support: rows of the class. Macro average: every class has the same weight; weighted average: that of its "
    note += "support."
    return [Row(grids, f"{where(parts).capitalize()}. {note}")] if grids else []


def _classes(caption: str, part: Part) -> Grid:
    of_class, support = part.judged["per_class"], _support(part)
    values = {metric: [of_class[name][metric] for name in part.metrics["classes"]] for metric in PER_CLASS}
    rows = [
        [Cell(name), *(Cell(full(values[metric][place])) for metric in PER_CLASS), Cell(f"{rows:,}")]
        for place, (name, rows) in enumerate(zip(part.metrics["classes"], support, strict=True))
    ]
    for title, weights in (("macro average", None), ("weighted average", support)):
        means = [None if None in one else float(np.average(one, weights=weights)) for one in values.values()]
        rows.append([Cell(title), *(Cell(full(mean)) for mean in means), Cell(f"{sum(support):,}")])
    return Grid(caption, ["class", *(label_of(metric) for metric in PER_CLASS), "support"], rows)


def _support(part: Part) -> list[int]:
    """Rows of each class, each counted once, however often the folds were repeated."""
    counts = np.array(part.judged["confusion_matrix"]).sum(axis=1)
    passes = len({(fold["seed"], fold["repeat"]) for fold in part.metrics["folds"] if fold["scored"]})
    return [round(count / (passes if part.metrics["out_of_fold"] else 1)) for count in counts.tolist()]
