"""Figures on the page: those of every framework side by side, or one where both agree."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from evaluation.folds.names import unit
from reporting.board import tags
from reporting.canvas import drawn_folds
from reporting.figures.confusion import MOST_COUNTED_CLASSES
from reporting.page.alike import figure_gap
from reporting.page.blocks import Drawings
from reporting.page.drawings import WIDE, WIDTH, inline_svg
from reporting.page.part import BOTH, Parts, first

LINES = "Thin lines are {unit}s, the thick one is their mean."
POOLED = "A single fold has too few rows for a line: this one is of the rows of all folds."
TITLES = {
    tags.FOLDS: (
        "Folds",
        "Each metric has a scale of its own. The diamond is the mean, the thick line its 95 % interval.",
        "A dot is a {unit}; an outlier fold has its name.",
    ),
    tags.LEARNING_CURVES: (
        "Training curves",
        "A dot is the best epoch, whose weights are kept.",
        "Thin lines are {unit}s; median and quartiles are of those that still train, whose number is below.",
    ),
    tags.ROC: ("ROC curves", "Dashed: the baseline.", LINES),
    tags.PRECISION_RECALL: ("PR curves", "Dashed: the baseline.", LINES),
    tags.CONFUSION_MATRIX: (
        "Confusion matrix",
        "The shade is the share of the true class; any shade is a row or more.",
        "",
    ),
    tags.CALIBRATION: (
        "Calibration",
        "On the dashed line, the observed frequency is the predicted probability. Bars: 95 % intervals (Wilson).",
        "",
    ),
    tags.SCORES: (
        "Predicted probabilities",
        "How often the rows of each class get which probability.",
        "Thin outlines are {unit}s, from 5 rows on.",
    ),
    tags.PREDICTED_AGAINST_TRUE: ("Predicted against true", "A dot is a row; on the dashed line it is right.", ""),
    tags.RESIDUALS: (
        "Residuals",
        "A dot is a row. A local mean away from the dashed line is a bias that depends on the prediction.",
        "",
    ),
}
"""Title, reading instructions, and a note if folds, or models of several seeds, are drawn."""


def drawings(parts: Parts) -> dict[str, list[Drawings]]:
    """Tag -> the figure of every framework, for each of `TITLES` that the study has; `[]` where it has none.

    The confusion matrix of a few classes is a table on the page.
    """
    in_table = {tags.CONFUSION_MATRIX} if len(first(parts).metrics["classes"]) <= MOST_COUNTED_CLASSES else set()
    of_tag = {
        tag: {name: part.figures[tag] for name, part in parts.items() if tag in part.figures.keys() - in_table}
        for tag in TITLES
    }
    return {tag: _drawn(tag, drawn, parts) for tag, drawn in of_tag.items()}


def _drawn(tag: str, figures: Mapping[str, Figure], parts: Parts) -> list[Drawings]:
    title, reading, of_folds = TITLES[tag]
    several = any(len(part.metrics["folds"]) > 1 for part in parts.values())
    if several and not any(len(drawn_folds(figure)) > 1 for figure in figures.values()):
        of_folds = POOLED if of_folds == LINES else ""
    note = f"{reading} {of_folds.format(unit=unit(first(parts).metrics))}".strip() if several else reading
    gap = figure_gap(tag, parts) if len(figures) == 2 else None
    if gap and gap.small:
        figures, note = {BOTH: next(iter(figures.values()))}, f"{note} Both frameworks; {gap.told()}."
    wide = tag == tags.CONFUSION_MATRIX
    width = WIDE if wide else WIDTH
    svgs = {
        name: inline_svg(figure, _alternative(title, name, figure, note), f"{name[0]}{list(TITLES).index(tag)}", width)
        for name, figure in figures.items()
    }
    return [Drawings(title, note, svgs, wide)] if svgs else []


def _alternative(title: str, name: str, figure: Figure, note: str) -> str:
    """Text alternative of a figure, for screen readers: its content in numbers, and how to read it."""
    return " ".join(filter(None, [f"{title}, {name}.", str(figure.get_label()), note]))
