"""Table of the folds: metrics of each, reasons of failed ones, outlier folds and their highest-loss rows."""

from functools import partial

from evaluation.keys import key_of, place_of
from reporting.page.blocks import Cell, Facts, Grid
from reporting.page.numbers import ABSENT, brief, deviations, listed
from reporting.page.part import Part, Parts, first, lines_of_each
from reporting.page.sections.headline import headline_metrics


def fold_names(parts: Parts) -> list[str]:
    """Names of the folds in the order of every table; none for a study of one member."""
    folds = first(parts).metrics["folds"]
    return [first(parts).name(fold) for fold in folds] if len(folds) > 1 else []


def result_of_folds(parts: Parts) -> dict[str, str]:
    """Name of each fold -> its result, in a sentence."""
    metric = headline_metrics(parts)[0]
    told = {}
    for number, name in enumerate(fold_names(parts)):
        scored = {one: part.metrics["folds"][number]["scored"].get(metric) for one, part in parts.items()}
        told[name] = f"{first(parts).called(metric)} " + listed(
            [f"{brief(value)} in {one}" for one, value in scored.items()]
        )
    return told


def fold_grid(parts: Parts) -> list[Grid]:
    """One row per fold: best epoch and scored metrics of every framework; outliers and the best are marked."""
    names = fold_names(parts)
    if not names:
        return []
    metrics = list(dict.fromkeys(["loss", *headline_metrics(parts)]))
    rows = [
        [
            Cell(name, _best(parts, number)),
            *(cell for part in parts.values() for cell in _fold_cells(part, number, metrics)),
        ]
        for number, name in enumerate(names)
    ]
    columns = [
        "fold",
        *[title for _ in parts for title in ("best epoch", *(first(parts).called(one) for one in metrics))],
    ]
    note = (
        "Best epoch: the one whose weights are kept, counted from 0. Best fold: the lowest validation loss. Outlier: "
    )
    note += "more than 3.5 robust standard deviations from the median of the folds, and beyond the permutation limit, "
    note += "which the folds of 95 % of studies without an outlier keep in every metric."
    return [Grid("Each fold", columns, rows, note, [(name, 1 + len(metrics)) for name in parts], names, True)]


def _fold_cells(part: Part, number: int, metrics: list[str]) -> list[Cell]:
    fold = part.metrics["folds"][number]
    outlying = {one["metric"] for one in part.metrics["outliers"] if place_of(one)[-2:] == place_of(fold)[-2:]}
    failed = {part.name(one) for one in part.metrics["failed"]}
    kept = "failed" if part.name(fold) in failed else str(fold["best_epoch"])
    values = [ABSENT if kept == "failed" else brief(fold["scored"].get(metric)) for metric in metrics]
    marks = ["outlier" if metric in outlying else "" for metric in metrics]
    return [Cell(kept, f"stopped at {fold['epochs'] - 1}"), *map(Cell, values, marks)]


def _best(parts: Parts, number: int) -> str:
    """`best fold` for the best one of every framework, `best fold in lightning` for that of one alone."""
    best = {name: part.metrics["best_fold"] for name, part in parts.items() if "fold" in part.metrics["best_fold"]}
    chosen = [name for name, one in best.items() if key_of(one) == key_of(parts[name].metrics["folds"][number])]
    return "" if not chosen else "best fold" if len(chosen) == len(parts) else f"best fold in {listed(chosen)}"


def failed_facts(parts: Parts) -> list[Facts]:
    """Reason of each failed fold; nothing if there is none."""
    folds, items = first(parts).metrics["folds"], []
    for fold in folds:
        name = first(parts).name(fold)
        if lines := lines_of_each(parts, partial(_reason, name=name)):
            failed = f"{name} failed" if len(folds) > 1 else "It failed"
            items.append((f"{failed} (seed {fold['seed']})", lines))
    return [Facts(items)] if items else []


def _reason(part: Part, name: str) -> str:
    reasons = [one["reason"] for one in part.metrics["failed"] if part.name(one) == name]
    return "".join(f"{reason[0].upper()}{reason[1:]}." for reason in reasons)


def outlier_facts(parts: Parts) -> list[Facts]:
    """Each outlier fold in numbers, and its highest-loss rows; nothing if there is none."""
    outlying = {place_of(one)[-2:]: part.name(one) for part in parts.values() for one in part.metrics["outliers"]}
    items = []
    for _, name in sorted(outlying.items()):
        lines = lines_of_each(parts, partial(_deviation, name=name))
        items.append((f"{name} is an outlier", [*lines, *lines_of_each(parts, partial(_blamed, name=name))]))
    return [Facts(items)] if items else []


def _deviation(part: Part, name: str) -> str:
    told = [
        f"{part.called(one['metric'])} {brief(one['value'])} (median {brief(one['median'])}, "
        f"{deviations(one['deviations'])}, permutation limit {brief(one['luck'])})"
        for one in part.metrics["outliers"]
        if part.name(one) == name
    ]
    return f"{listed(told)}." if told else ""


def _blamed(part: Part, name: str) -> str:
    rows = {
        row["row"]: row["loss"] for one in part.metrics["outliers"] if part.name(one) == name for row in one["rows"]
    }
    told = [f"{row} ({brief(loss)})" for row, loss in rows.items()]
    return f"Its highest-loss rows: {listed(told)}." if told else ""
