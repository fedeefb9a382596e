"""The learning curve on the page: a figure and a table of each framework, or of both where they agree."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evaluation.judging.catalogue import metric_of, name_of
from evaluation.learning_curve import main_metric
from reporting.page.alike import LAW, SHARE
from reporting.page.blocks import Block, Cell, Drawings, Facts, Grid, Row
from reporting.page.drawings import WIDTH, inline_svg
from reporting.page.numbers import bound, count, full, significant, span
from reporting.page.part import BOTH

Curves = Mapping[str, Mapping[str, Any]]
TITLE = "Learning curve"
NOTE = "Shaded: 95 % interval of the mean over the folds, whose scored rows are the thin lines."


def curve_blocks(curves: Curves, figures: Mapping[str, Figure]) -> list[Block]:
    """Figure, answer and table of the main metric of each learner in `figures`; nothing without any."""
    curves = {name: curve for name, curve in curves.items() if name in figures}
    if not curves:
        return []
    one = next(iter(curves.values()))
    metric = main_metric(one)
    gap = _gap(list(curves.values()), metric)
    agreed = (
        "" if gap is None else f" Both frameworks; largest difference {bound(gap)}." if gap else " Both frameworks."
    )
    drawn = curves if gap is None else {BOTH: one}
    svgs = {}
    for number, (name, figure) in enumerate(zip(drawn, figures.values(), strict=False)):
        svgs[name] = inline_svg(figure, f"{TITLE}, {name}. {figure.get_label()} {NOTE}", f"c{number}", WIDTH)
    answers = [curve["answer"][metric]["sentence"] for curve in drawn.values()]
    said = [f"{name}: {line}" if len(answers) > 1 else line for name, line in zip(drawn, answers, strict=True)]
    facts = Facts([("Would more rows help?", [*said, LIMITS])])
    tables = [_table(curve, metric, name if len(drawn) > 1 else "") for name, curve in drawn.items()]
    return [Row([Drawings(TITLE, f"{NOTE}{agreed}", svgs), *tables[:1]]), *tables[1:], facts]


LIMITS = "It is about the last step alone, and this network and its settings: not about many times as many rows."


def _table(curve: Mapping[str, Any], metric: str, learner: str) -> Grid:
    name = name_of(metric, curve["task"])
    rows = [
        [
            Cell(f"{significant(100 * point['size'], 3)} %"),
            Cell(f"{round(point['mean_rows']):,}"),
            *_cells(point[metric]),
        ]
        for point in curve["sizes"]
    ]
    where = "scored rows" if curve["rows"] == "scored" else "test rows"
    failed = f"; {count(curve['failed'], 'failed fold')} left out" if curve["failed"] else ""
    note = f"Mean over {count(len(curve['folds']), 'fold')}{failed}. Subsets are nested; the last line is the whole."
    caption = ", ".join(filter(None, [TITLE, learner]))
    return Grid(caption, ["", "rows", f"{name}, {where}", f"{name}, training rows"], rows, note)


def _cells(parts: Mapping[str, Any]) -> list[Cell]:
    return [
        Cell(full(parts[part]["mean"]), span(dict(zip(("low", "high"), parts[part]["ci95"], strict=True))))
        for part in ("scored", "training")
    ]


def _gap(curves: Sequence[Mapping[str, Any]], metric: str) -> float | None:
    """Largest difference between the curves of two frameworks; None where there are not two, or it is not small."""
    if len(curves) != 2 or any(curves[0][key] != curves[1][key] for key in ("folds", "failed")):
        return None
    one, other = (_values(curve, metric) for curve in curves)
    if one.shape != other.shape or np.isnan(one - other).any():
        return None
    largest = float(np.abs(one - other).max(initial=0.0))
    most = SHARE * float(np.abs(one).max(initial=0.0)) if metric_of(metric).unbounded else LAW
    return largest if largest <= most else None


def _values(curve: Mapping[str, Any], metric: str) -> np.ndarray:
    """The metric by size, kind of rows and fold."""
    parts = [[point[metric][part]["folds"] for part in ("scored", "training")] for point in curve["sizes"]]
    return np.array(parts, np.float64)
