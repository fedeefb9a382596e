"""Tables of all metrics: over the folds, pooled, on the held-out test set, and the ensemble against single models."""

from collections.abc import Callable, Mapping
from typing import Any

from evaluation.folds.names import has_seeds, num_folds, unit
from evaluation.intervals.dependence import cautions
from evaluation.judging.catalogue import metric_of
from evaluation.judging.judge import shown_metrics
from reporting.page.blocks import Cell, Grid, Row
from reporting.page.numbers import ABSENT, count, full, listed, methods, span
from reporting.page.part import Part, Parts, baseline_in_words, first, lines_of_each
from reporting.page.sections.headline import headline_metrics

Values = Mapping[str, Any]
SPREADS = {
    ("scored", "std_over_folds"): ("over folds", "Over folds: of the folds' means over the seeds."),
    ("scored", "std_over_seeds"): (
        "over seeds",
        "Over seeds: of the seeds' means over the folds, which is how much another seed moves the result.",
    ),
    ("scored", "std_within_folds"): ("within a fold", "Within a fold: of the seeds of one fold."),
    ("test", "std_over_seeds"): ("test set", "Test set: over the seeds, of the ensemble of each seed's folds."),
}
"""Place and key in `over_seeds` -> the heading of a column and its meaning."""
FALLS = "\N{NO-BREAK SPACE}↓"


def result_rows(parts: Parts) -> list[Row]:
    """Out of fold: the mean of the folds and the pooled rows. Held out: the ensemble, and its models alone."""
    part, rows = first(parts), []
    models = part.finite or count(len(part.metrics["folds"]), unit(part.metrics))
    if part.metrics["out_of_fold"]:
        mean = "± one standard deviation; 95 % interval: t, corrected for shared training rows."
        pooled = _method(part, part.metrics["out_of_fold"])
        pooled += " All rows together, each predicted by the fold that held it out."
        if has_seeds(part.metrics):
            mean, pooled = f"Each fold: the mean over its seeds. {mean}", f"{pooled} The mean over the seeds."
        whole = count(num_folds(part.metrics), "fold")
        grids = [_grid(parts, f"Mean of {part.finite or whole}", mean, _over_folds, "scored")]
        grids += [_grid(parts, "Pooled out-of-fold rows", pooled, _out_of_fold, "out_of_fold")]
        rows += [Row(grids, f"{baseline_in_words(part)} ↓ Lower is better.")]
    rows += _seed_rows(parts)
    if part.metrics["test"]:
        title = f"Held-out test set, ensemble of {models}" if len(part.metrics["folds"]) > 1 else "Held-out test set"
        note = _method(part, part.metrics["test"]) + " No model has trained on these rows, or was stopped by them."
        rows += [Row([_grid(parts, title, note, _tested, "test"), *_ensemble_grid(parts)])]
    return rows


def _seed_rows(parts: Parts) -> list[Row]:
    """Spread by fold beside spread by seed, and the ensemble over the seeds; nothing where the folds have one seed."""
    if not all("over_seeds" in part.metrics for part in parts.values()):
        return []
    part = first(parts)
    told = part.metrics["over_seeds"]
    seeds, spreads = count(len(told["seeds"]), "seed"), _spreads(told)
    rows = [
        [Cell(part.called(metric)), *(cell for one in parts.values() for cell in _spread_cells(one, metric))]
        for metric in shown_metrics(part.metrics)
    ]
    note = " ".join(["Standard deviations.", *(meaning for _, meaning in spreads.values())])
    columns = ["", *[title for title, _ in spreads.values()] * len(parts)]
    caption = f"Spread by fold and by seed, {seeds}" if told["scored"] else f"Spread by seed, {seeds}"
    grids = [Grid(caption, columns, rows, note, [(name, len(spreads)) for name in parts])]
    if told["out_of_fold"]:
        mean = "mean prediction" if part.metrics["task"] == "regression" else "mean probability"
        note = f"{_method(part, told['out_of_fold'])} A row has the {mean} of the {seeds} of its fold."
        grids.append(_grid(parts, f"Pooled out-of-fold rows, ensemble of {seeds}", note, _together, "out_of_fold"))
    return [Row(grids)]


def _spreads(told: Values) -> dict[tuple[str, str], tuple[str, str]]:
    """Those of `SPREADS` that `over_seeds` has rows for."""
    return {key: words for key, words in SPREADS.items() if told[key[0]]}


def _spread_cells(part: Part, metric: str) -> list[Cell]:
    told = part.metrics["over_seeds"]
    return [Cell(full(told[place][metric][key])) for place, key in _spreads(told)]


def _together(part: Part) -> dict[str, Cell]:
    told = part.metrics["over_seeds"]["out_of_fold"]
    return _judged(part, told, told)


def _grid(parts: Parts, caption: str, note: str, cells: Callable[[Part], dict[str, Cell]], place: str) -> Grid:
    told = [cells(part) for part in parts.values()]
    baseline = first(parts).metrics["baseline"].get(place, {})
    rows = []
    for metric in shown_metrics(first(parts).metrics):
        name, value = first(parts).called(metric) + FALLS * metric_of(metric).falls, baseline.get(metric)
        rows.append([Cell(name), *(one[metric] for one in told), Cell(ABSENT if value is None else full(value))])
    return Grid(caption, ["", *parts, "baseline"], rows, note)


def _over_folds(part: Part) -> dict[str, Cell]:
    cells = {}
    for metric, one in part.metrics["scored"].items():
        deviation = "" if one["std"] is None else f" ±\N{NO-BREAK SPACE}{full(one['std'])}"
        low, high = one["ci95"] or (None, None)
        cells[metric] = Cell(full(one["mean"]) + deviation, span({"low": low, "high": high}))
    return cells


def _out_of_fold(part: Part) -> dict[str, Cell]:
    return _judged(part, part.metrics["out_of_fold"], part.metrics["out_of_fold"])


def _tested(part: Part) -> dict[str, Cell]:
    return _judged(part, part.metrics["test"]["ensemble"], part.metrics["test"])


def _judged(part: Part, values: Values, place: Values) -> dict[str, Cell]:
    intervals = place.get("intervals", {})
    return {metric: Cell(full(values[metric]), span(intervals.get(metric))) for metric in shown_metrics(part.metrics)}


def _method(part: Part, values: Values) -> str:
    return " ".join([f"95 % interval: {methods(values['intervals'], shown_metrics(part.metrics))}.", *cautions(values)])


def _ensemble_grid(parts: Parts) -> list[Grid]:
    """The ensemble on the held-out test set against the folds' models alone; nothing where there is one model."""
    if not all(part.metrics["ensemble"] for part in parts.values()):
        return []
    rows = []
    for metric in dict.fromkeys(["loss", *headline_metrics(parts)]):
        cells = [cell for part in parts.values() for cell in _ensemble_cells(part, metric)]
        rows.append([Cell(first(parts).called(metric) + FALLS * metric_of(metric).falls), *cells])
    best = lines_of_each(parts, _best)
    won = lines_of_each(parts, _won)
    note = f"By loss, the ensemble is {listed(won)}."
    note += f" Best model: that with the lowest validation loss, {listed(best)}." if best else ""
    columns = ["", *["ensemble", "mean of models", "best model"] * len(parts)]
    return [Grid("Held-out test set, single model or ensemble", columns, rows, note, [(name, 3) for name in parts])]


def _won(part: Part) -> str:
    told = part.metrics["ensemble"]["loss"]
    return f"better than {told['better_than']} of {len(told['folds'])} models"


def _best(part: Part) -> str:
    return part.name(part.metrics["best_fold"]) if "fold" in part.metrics["best_fold"] else ""


def _ensemble_cells(part: Part, metric: str) -> list[Cell]:
    one, best = part.metrics["ensemble"][metric], part.metrics["best_fold"].get("test", {})
    chosen = Cell(full(best[metric])) if metric in best else Cell(ABSENT)
    return [Cell(full(one["ensemble"])), Cell(full(one["mean_of_folds"])), chosen]
