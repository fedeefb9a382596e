"""The figures of every framework, side by side."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from evaluation import tags
from evaluation.canvas import drawn_folds
from evaluation.figures.study import study_figures
from evaluation.page.blocks import Drawings
from evaluation.page.drawings import inline_svg
from evaluation.page.part import Parts

LINES = "Thin lines are folds, the thick one is their mean."
POOLED = "A single fold has too few rows for a line: this one is of the rows of all folds."
TITLES = {
    tags.FOLDS: (
        "Folds",
        "Each metric has a scale of its own. The diamond is the mean, the thick line its 95 % interval.",
        "A dot is a fold; an odd one has its name.",
    ),
    tags.LEARNING_CURVES: (
        "Learning curves",
        "A dot is the epoch that is kept.",
        "Thin lines are folds, thick ones their means.",
    ),
    tags.ROC: ("ROC", "The dashed line is a guess.", LINES),
    tags.PRECISION_RECALL: ("Precision and recall", "The dashed line is a guess.", LINES),
    tags.CALIBRATION: ("Calibration", "On the dashed line, what is called likely comes true as often as that.", ""),
    tags.SCORES: (
        "Scores",
        "How often the rows of each class get which probability.",
        "Thin outlines are folds, from 5 rows on.",
    ),
    tags.PREDICTED_AGAINST_TRUE: ("Predicted against true", "A dot is a row; on the dashed line it is right.", ""),
}
"""Title, how to read it, and what there is to see if folds are drawn; the confusion matrix is a table on the page."""


def drawings(parts: Parts, dropout: bool = False) -> dict[str, list[Drawings]]:
    """Tag -> the figure of every framework, for each of `TITLES` that the study has; `[]` where it has none."""
    figures = {name: study_figures(*part[1::-1], part.history, dropout) for name, part in parts.items()}
    several = any(len(part.metrics["folds"]) > 1 for part in parts.values())
    of_tag = {tag: {name: every[tag] for name, every in figures.items() if tag in every} for tag in TITLES}
    return {tag: _drawn(tag, drawn, several) for tag, drawn in of_tag.items()}


def _drawn(tag: str, figures: Mapping[str, Figure], several: bool) -> list[Drawings]:
    title, reading, of_folds = TITLES[tag]
    if several and not any(len(drawn_folds(figure)) > 1 for figure in figures.values()):
        of_folds = POOLED if of_folds == LINES else ""
    note = f"{reading} {of_folds}".strip() if several else reading
    svgs = {
        name: inline_svg(figure, f"{title}, {name}. {note}", f"{name[0]}{list(TITLES).index(tag)}")
        for name, figure in figures.items()
    }
    return [Drawings(title, note, svgs)] if svgs else []
