"""Networks, baselines and imported models on the page: a table, and how the networks do against the best ones."""

from evaluation.comparing.against_baselines import AgainstBaselines
from evaluation.judging.catalogue import metric_of
from reporting.page.blocks import Cell, Grid, Row
from reporting.page.numbers import ABSENT, full, with_signs
from reporting.page.part import Parts, first
from reporting.page.sections.results import FALLS


def baseline_rows(told: AgainstBaselines | None, parts: Parts) -> list[Row]:
    """One table; nothing where the networks are alone, or no fold is scored."""
    if told is None or not told.folds:
        return []
    metrics = [name for name in told.learned[0].scored if name in first(parts).metrics["scored"]]
    names = [first(parts).called(name) + FALLS * metric_of(name).falls for name in metrics]
    rows = []
    for one in told.learned:
        cells = [one.scored.get(name) or {"mean": None, "std": None} for name in metrics]
        rows.append([Cell(one.label), *(Cell(*_spread(cell)) for cell in cells)])
    sentences = "".join(f" {line[0].upper()}{with_signs(line[1:])}." for line in told.sentences)
    note = f"Mean of {told.folds} folds ± one standard deviation, by {names[metrics.index(told.metric)]}.{sentences}"
    return [Row([Grid(told.title.capitalize(), ["", *names], rows, note)])]


def _spread(cell: dict[str, float | None]) -> tuple[str, str]:
    if cell["mean"] is None:
        return ABSENT, ""
    return full(cell["mean"]), "" if cell["std"] is None else f"± {full(cell['std'])}"
