"""Status of a run: failed folds first, then warnings about its results."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.choices.calibration import shift_in_words
from evaluation.choices.thresholds import chosen_threshold
from evaluation.folds.names import names_of, num_folds, unit
from evaluation.judging.catalogue import label_of
from evaluation.keys import key_of, place_of
from evaluation.verdicts.shortfalls import Item, shortfalls

Metrics = Mapping[str, Any]

LEVELS = ("failed", "warning", "note", "ok")
"""Levels, the worst first. `ok` stands alone where there is no failure and no warning."""
SHOWN, SHOWN_REASONS = 10, 3
FAILED = "failed folds"
NO_STATUS = Item(
    "note", "version", "an older twinfold judged this run and gave it no status", "scripts/evaluate.py RUN"
)


def status(metrics: Metrics, warnings: Sequence[str] = ()) -> list[Item]:
    """The items of a `metrics.json` with all of its other keys, the worst level first; never empty.

    Each has a `level` of `LEVELS`, its subject `about`, its `text`, and its `cure` where there is one. `warnings` are
    doubts about the data, one line each.
    """
    data = [Item("warning", "data", warning) for warning in warnings]
    parts = [failed_items(metrics), data, _dominant(metrics), _outliers(metrics), shortfalls(metrics), _fit(metrics)]
    items = [item for part in [*parts, _threshold(metrics), _shifted(metrics)] for item in part]
    if not any(item.level in ("failed", "warning") for item in items):
        items.append(_healthy(metrics))
    return sorted(items, key=lambda item: LEVELS.index(item.level))


def status_of(metrics: Metrics) -> list[Item]:
    """The `status` of a `metrics.json`; of one of version 0.1 an item that it has none."""
    return [Item(**item) for item in metrics["status"]] if "status" in metrics else [NO_STATUS]


def shared_status(metrics: Mapping[str, Metrics]) -> list[Item]:
    """The status of several frameworks: a common item once, any other with its framework."""
    owners: dict[Item, list[str]] = defaultdict(list)
    for framework, one in metrics.items():
        for item in status_of(one):
            owners[item].append(framework)
    items = [
        item if len(own) == len(metrics) else item._replace(text=f"{', '.join(own)}: {item.text}")
        for item, own in owners.items()
    ]
    return sorted(items, key=lambda item: LEVELS.index(item.level))


def failed_items(metrics: Metrics) -> list[Item]:
    """Failed folds and their reasons: one item, and one more for each reason where there are several."""
    names, members, reasons = names_of(metrics), len(metrics["folds"]), defaultdict(list)
    for one in metrics["failed"]:
        reasons[one["reason"]].append(names[key_of(one)])
    if not reasons:
        return []
    failed = [name for own in reasons.values() for name in own]
    many = f"all {members}" if len(failed) == members else f"{len(failed)} of {members}"
    who = f"{many} {unit(metrics)}s failed ({_listed(sorted(failed))})" if members > 1 else "the only model failed"
    if len(reasons) == 1:
        return [_failed(who, *reasons)]
    shown = [_failed(_listed(own), reason) for reason, own in list(reasons.items())[:SHOWN_REASONS]]
    more = len(reasons) - SHOWN_REASONS
    rest = [Item("failed", FAILED, f"{more} more reasons are in metrics.json")] * (more > 0)
    return [Item("failed", FAILED, who), *shown, *rest]


def _failed(who: str, reason: str) -> Item:
    """`reason` ends with its cure, behind a colon."""
    cause, _, cure = reason.rpartition(": ")
    return Item("failed", FAILED, f"{who}: {cause or reason}", cure if cause else "")


def _dominant(metrics: Metrics) -> list[Item]:
    """Rows that make most of the loss."""
    names, rows = names_of(metrics), metrics.get("dominant_rows", ())
    if not rows:
        return []
    share = sum(one["share"] for one in rows)
    told = _listed([f"row {one['row']} of {names[place_of(one)]}" for one in rows])
    text = f"{told} alone make{'s' * (len(rows) == 1)} {_percent(share)} of the loss"
    cure = f"look at {'its' if len(rows) == 1 else 'their'} inputs and target, rows are counted from 0"
    return [Item("warning", "extreme rows", text, cure)]


def _outliers(metrics: Metrics) -> list[Item]:
    """Outlier folds with their metrics, or why none was looked for."""
    names, rows = names_of(metrics), dict[str, None]()
    found: dict[str, list[str]] = defaultdict(list)
    if metrics["outliers_untested"]:
        return (
            []
            if num_folds(metrics) == 1 or len(metrics["folds"]) == len(metrics["failed"])
            else [Item("note", "outlier folds", f"outlier folds are not looked for: {metrics['outliers_untested']}")]
        )
    for one in metrics["outliers"]:
        found[names[place_of(one)]].append(label_of(one["metric"]).replace("²", "2"))
        rows |= dict.fromkeys(str(row["row"]) for row in one["rows"])
    if not found:
        return []
    told = _listed([f"{name} in {_listed(metrics)}" for name, metrics in found.items()])
    cure = f"look at the highest-loss samples, rows {_listed(list(rows))}" if rows else ""
    return [Item("warning", "outlier folds", f"outlier fold{'s' * (len(found) > 1)}: {told}", cure)]


def _fit(metrics: Metrics) -> list[Item]:
    """A verdict that advises a change, or folds that disagree on it."""
    diagnosis = metrics["diagnosis"]
    folds = {name: number for name, number in diagnosis["evidence"]["folds"].items() if number and name != "failed"}
    told = _listed([f"{name} in {number}" for name, number in sorted(folds.items(), key=lambda one: -one[1])])
    if len(folds) > 1:
        level = "note" if diagnosis["agreed"] else "warning"
        many = f"{len(metrics['folds'])} {unit(metrics)}s"
        return [Item(level, "fit", f"the {unit(metrics)}s disagree on the fit: {told} of {many}")]
    if diagnosis["curves"] not in ("underfit", "overfit"):
        return []
    return [Item("note", "fit", diagnosis["curves"], "" if diagnosis["limits"] else diagnosis["advice"][0])]


def _threshold(metrics: Metrics) -> list[Item]:
    if not (chosen := chosen_threshold(metrics)):
        return []
    return [Item("note", "threshold", f"decisions are at the threshold {chosen}, and not at 0.5")]


def _shifted(metrics: Metrics) -> list[Item]:
    """The weights in training for which probabilities are no frequencies of the table."""
    if not (told := shift_in_words(metrics["calibration"])):
        return []
    cure = "if decisions alone are to move, train without, and set evaluation.threshold"
    return [Item("note", "calibration", told, cure if metrics["task"] == "binary" else "")]


def _healthy(metrics: Metrics) -> Item:
    """The checks that found no problem."""
    folds = len(metrics["folds"])
    told = [f"all {folds} {unit(metrics)}s trained" if folds > 1 else "the model trained"]
    told += ["no outlier fold"] * (folds > 1 and not metrics["outliers_untested"])
    told += ["better than the baseline"] * bool(metrics["out_of_fold"] or metrics["test"])
    told += ["good fit"] * (metrics["diagnosis"]["verdict"] == "good fit")
    return Item("ok", "folds", ", ".join(told))


def _listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first ones."""
    shown = list(words[:SHOWN]) + [f"{len(words) - SHOWN} more"] * (len(words) > SHOWN)
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _percent(share: float) -> str:
    return f"{100 * min(share, 0.999):.1f} %".replace(".0 %", " %") if share < 0.999 else "more than 99.9 %"
