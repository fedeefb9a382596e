"""The folds one by one: how each did, why one failed, which are odd, and the rows to blame."""

from functools import partial

from evaluation.metric_names import NAMES
from evaluation.page.blocks import Cell, Facts, Grid
from evaluation.page.headline import told_metrics
from evaluation.page.numbers import brief, deviations, listed
from evaluation.page.part import Part, Parts, first, said_of_each


def fold_names(parts: Parts) -> list[str]:
    """Names of the folds in the order of every table; a study of one member has none to follow."""
    folds = first(parts).metrics["folds"]
    return [first(parts).name(fold) for fold in folds] if len(folds) > 1 else []


def told_folds(parts: Parts) -> dict[str, str]:
    """Name of each fold -> how it did, in a sentence."""
    metric = told_metrics(parts)[0]
    told = {}
    for number, name in enumerate(fold_names(parts)):
        scored = {one: part.metrics["folds"][number]["scored"].get(metric) for one, part in parts.items()}
        told[name] = f"{NAMES[metric]} " + listed([f"{brief(value)} in {one}" for one, value in scored.items()])
    return told


def fold_grid(parts: Parts) -> list[Grid]:
    """One row per fold: kept epoch and scored metrics of every framework; odd ones and the best are marked."""
    names = fold_names(parts)
    if not names:
        return []
    metrics = list(dict.fromkeys(["loss", *told_metrics(parts)]))
    rows = [
        [Cell(name), *(cell for part in parts.values() for cell in _fold_cells(part, number, metrics))]
        for number, name in enumerate(names)
    ]
    columns = ["fold", *[title for _ in parts for title in ("epoch", *(NAMES[one] for one in metrics))]]
    note = "Epoch: the one whose weights are kept, of those that were trained, counted from 0. Best: the lowest "
    note += "validation loss. Odd: more than 3.5 robust standard deviations from the median of the folds, and farther "
    note += "than luck takes any fold, in any metric, in 95 % of studies."
    return [Grid("Each fold", columns, rows, note, [(name, 1 + len(metrics)) for name in parts], names)]


def _fold_cells(part: Part, number: int, metrics: list[str]) -> list[Cell]:
    fold, best = part.metrics["folds"][number], part.metrics["best_fold"]
    odd = {one["metric"] for one in part.metrics["outliers"] if part.name(one) == part.name(fold)}
    failed = {part.name(one) for one in part.metrics["failed"]}
    kept = "failed" if part.name(fold) in failed else str(fold["best_epoch"])
    chosen = " best" if "fold" in best and part.name(best) == part.name(fold) else ""
    scored = [Cell(brief(fold["scored"].get(metric)), "odd" if metric in odd else "") for metric in metrics]
    return [Cell(kept, f"of 0\N{EN DASH}{fold['epochs'] - 1}{chosen}"), *scored]


def failed_facts(parts: Parts) -> list[Facts]:
    """Why each fold has failed that has; nothing if none has."""
    folds, items = first(parts).metrics["folds"], []
    for fold in folds:
        name = first(parts).name(fold)
        if lines := said_of_each(parts, partial(_reason, name=name)):
            failed = f"{name} failed" if len(folds) > 1 else "It failed"
            items.append((f"{failed} (seed {fold['seed']})", lines))
    return [Facts(items)] if items else []


def _reason(part: Part, name: str) -> str:
    reasons = [one["reason"] for one in part.metrics["failed"] if part.name(one) == name]
    return "".join(f"{reason[0].upper()}{reason[1:]}." for reason in reasons)


def outlier_facts(parts: Parts) -> list[Facts]:
    """What is odd about each odd fold, and its rows to blame; nothing if there is none."""
    odd = {part.name(one) for part in parts.values() for one in part.metrics["outliers"]}
    items = []
    for name in [name for name in fold_names(parts) if name in odd]:
        lines = said_of_each(parts, partial(_oddity, name=name))
        items.append((f"{name} is odd", [*lines, *said_of_each(parts, partial(_blamed, name=name))]))
    return [Facts(items)] if items else []


def _oddity(part: Part, name: str) -> str:
    told = [
        f"{NAMES[one['metric']]} {brief(one['value'])} (median {brief(one['median'])}, "
        f"{deviations(one['deviations'])}, luck reaches {brief(one['luck'])} far)"
        for one in part.metrics["outliers"]
        if part.name(one) == name
    ]
    return f"{listed(told)}." if told else ""


def _blamed(part: Part, name: str) -> str:
    rows = {
        row["row"]: row["loss"] for one in part.metrics["outliers"] if part.name(one) == name for row in one["rows"]
    }
    told = [f"{row} ({brief(loss)})" for row, loss in rows.items()]
    return f"Its rows with the largest loss: {listed(told)}." if told else ""
