"""Tables of all metrics: over the folds, pooled, on the held-out test set, and the ensemble against single models."""

from collections.abc import Callable, Mapping
from typing import Any

from evaluation.folds.names import has_seeds, num_folds, unit
from evaluation.intervals.dependence import cautions
from evaluation.metrics.catalogue import metric_of
from evaluation.metrics.judge import shown_metrics
from reporting.page.blocks import Cell, Grid, Row
from reporting.page.headline import told_metrics
from reporting.page.numbers import ABSENT, count, full, listed, methods, span
from reporting.page.part import Part, Parts, baseline_in_words, first, said_of_each

Values = Mapping[str, Any]
SPREADS = {"std_over_folds": "over folds", "std_over_seeds": "over seeds", "std_within_folds": "within a fold"}
FALLS = "\N{NO-BREAK SPACE}↓"


def result_rows(parts: Parts) -> list[Row]:
    """Out of fold: the mean of the folds and the pooled rows. Held out: the ensemble, and its models alone."""
    part, rows = first(parts), []
    models = part.finite or count(len(part.metrics["folds"]), unit(part.metrics))
    if part.metrics["out_of_fold"]:
        mean = "± one standard deviation; 95 % interval: t, corrected for shared training rows."
        pooled = (
            f"{_method(part.metrics['out_of_fold'])} All rows together, each predicted by the fold that held it out."
        )
        if has_seeds(part.metrics):
            mean, pooled = f"Each fold: the mean over its seeds. {mean}", f"{pooled} The mean over the seeds."
        whole = count(num_folds(part.metrics), "fold")
        grids = [_grid(parts, f"Mean of {part.finite or whole}", mean, _over_folds, "scored")]
        grids += [_grid(parts, "Pooled out-of-fold rows", pooled, _out_of_fold, "out_of_fold")]
        rows += [Row(grids, f"{baseline_in_words(part)} ↓ Lower is better."), *_seed_rows(parts)]
    if part.metrics["test"]:
        title = f"Held-out test set, ensemble of {models}" if len(part.metrics["folds"]) > 1 else "Held-out test set"
        note = _method(part.metrics["test"]) + " No model has trained on these rows, or was stopped by them."
        rows += [Row([_grid(parts, title, note, _tested, "test"), *_ensemble_grid(parts)])]
    return rows


def _seed_rows(parts: Parts) -> list[Row]:
    """Spread by fold beside spread by seed, and the ensemble over the seeds; nothing where the folds have one seed."""
    if not all("over_seeds" in part.metrics for part in parts.values()):
        return []
    part, rows = first(parts), []
    for metric in shown_metrics(part.metrics):
        cells = [
            Cell(full(one.metrics["over_seeds"]["scored"][metric][key])) for one in parts.values() for key in SPREADS
        ]
        rows.append([Cell(part.called(metric)), *cells])
    told = part.metrics["over_seeds"]
    seeds = count(len(told["seeds"]), "seed")
    note = (
        "Standard deviations. Over folds: of the folds' means over the seeds. Over seeds: of the seeds' means over the "
        "folds, which is how much another seed moves the result. Within a fold: of the seeds of one fold."
    )
    groups = [(name, len(SPREADS)) for name in parts]
    spread = Grid(
        f"Spread by fold and by seed, {seeds}", ["", *list(SPREADS.values()) * len(parts)], rows, note, groups
    )
    pooled = f"{_method(told['out_of_fold'])} A row has the mean probability of the {seeds} of its fold."
    if part.metrics["task"] == "regression":
        pooled = pooled.replace("mean probability", "mean prediction")
    return [
        Row([spread, _grid(parts, f"Pooled out-of-fold rows, ensemble of {seeds}", pooled, _together, "out_of_fold")])
    ]


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


def _method(values: Values) -> str:
    return " ".join([f"95 % interval: {methods(values['intervals'])}.", *cautions(values)])


def _ensemble_grid(parts: Parts) -> list[Grid]:
    """The ensemble on the held-out test set against the folds' models alone; nothing where there is one model."""
    if not all(part.metrics["ensemble"] for part in parts.values()):
        return []
    rows = []
    for metric in dict.fromkeys(["loss", *told_metrics(parts)]):
        cells = [cell for part in parts.values() for cell in _ensemble_cells(part, metric)]
        rows.append([Cell(first(parts).called(metric) + FALLS * metric_of(metric).falls), *cells])
    best = said_of_each(parts, _best)
    won = said_of_each(parts, _won)
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
