"""Short answers to frequent questions about a run, in sentences."""

from collections import defaultdict
from functools import partial

import numpy as np

from evaluation.folds.names import num_folds
from reporting.page.blocks import Facts
from reporting.page.numbers import brief, listed, significant
from reporting.page.part import Part, Parts, lines_of_each
from reporting.page.sections.agreement import agreement
from reporting.page.sections.fit import advice, verdict
from reporting.page.sections.headline import headline_metrics

MOST_TOLD, RARELY = 3, 0.1


def answers(parts: Parts, disagreement: str = "") -> Facts:
    """One item for each question that the study can answer; `disagreement` is that of the frameworks' nets."""
    items = [
        ("Outlier folds?", lines_of_each(parts, _outliers)),
        ("Which errors?", lines_of_each(parts, _errors)),
        ("Does it overfit?", lines_of_each(parts, _fit)),
        ("Single model or ensemble?", lines_of_each(parts, _models)),
        ("Does the seed matter?", lines_of_each(parts, partial(_seeds, metric=headline_metrics(parts)[0]))),
        ("Do the frameworks agree?", agreement(parts, disagreement)),
    ]
    return Facts([(question, lines) for question, lines in items if lines])


def _outliers(part: Part) -> str:
    folds = part.metrics["folds"]
    if num_folds(part.metrics) < 2 or len(part.metrics["failed"]) == len(folds):
        return ""
    found = defaultdict(list)
    for one in part.metrics["outliers"]:
        found[part.name(one)].append(part.called(one["metric"]))
    named = [f"{name} in {listed(metrics)}" for name, metrics in found.items()]
    if untested := part.metrics.get("outliers_untested"):  # absent in version 0.1
        return f"Not looked for: {untested}."
    return f"{'; '.join(named) or 'None: in no metric is a fold beyond the permutation limit'}."


def _errors(part: Part) -> str:
    if part.metrics["task"] == "regression":
        worst = [f"Row {one['row']} is the farthest off, by {brief(abs(one['target'] - one['prediction']))}."
                 for one in part.metrics["worst_rows"][:1]]  # fmt: skip
        error = part.judged["mae"]
        average = [] if error is None else [f"A prediction is off by {brief(error)} on average."]
        return " ".join([*average, *worst]) or "No fold has finite predictions."
    matrix = part.judged.get("confusion_matrix")
    if matrix is None:
        return "No fold has finite predictions."
    cells, classes = np.array(matrix), part.metrics["classes"]
    wrong = cells - np.diag(np.diag(cells))
    pairs = np.dstack(np.unravel_index(np.argsort(-wrong, axis=None, kind="stable"), wrong.shape))[0][:MOST_TOLD]
    told = [f"{classes[true]} predicted as {classes[given]} ({wrong[true, given]})" for true, given in pairs.tolist()
            if wrong[true, given]]  # fmt: skip
    mostly = "; most often " if len(classes) > 2 else ": "
    several = f" in {listed(passes)}" if (passes := _passes(part)) and part.metrics["out_of_fold"] else ""
    several += f" of {part.finite}" if part.finite else ""
    counted = f"{wrong.sum():,} of {cells.sum():,} predictions{several} are wrong"
    return f"{counted}{mostly * bool(told)}{listed(told)}.{_cut(part)}"


def _passes(part: Part) -> list[str]:
    """How often every row is scored: `3 repeats`, `5 seeds`, where there are several."""
    counts = {name: len({fold[name] for fold in part.metrics["folds"]}) for name in ("repeat", "seed")}
    return [f"{number} {name}s" for name, number in counts.items() if number > 1]


def _cut(part: Part) -> str:
    """Effect of another threshold on a class that is hardly ever predicted: a rare one seldom reaches 0.5."""
    recall, thresholds = part.judged.get("recall"), part.metrics.get("thresholds") or {}
    if part.metrics["task"] != "binary" or thresholds.get("rule") != "0.5" or recall is None or recall >= RARELY:
        return ""
    chosen = thresholds["rules"]["f1"]["out_of_fold" if part.metrics["out_of_fold"] else "test"]["f1"] or 0.0
    if chosen <= (part.judged["f1"] or 0.0):
        return ""
    hardly = f" Hardly a row reaches 0.5 for {part.metrics['classes'][1]}"
    return (
        f"{hardly}: evaluation.threshold=f1, a threshold from the validation rows, would give an F1 of {brief(chosen)}."
    )


def _fit(part: Part) -> str:
    """The verdict, and the first thing to try."""
    return " ".join([verdict(part), *(f"{one}." for one in advice(part)[:1])])


def _seeds(part: Part, metric: str) -> str:
    """Spread of a metric by seed beside that by fold, and the ensemble of the seeds; "" for one seed."""
    told = part.metrics.get("over_seeds", {})
    spread = told.get("scored", {}).get(metric)
    if not spread or spread["std_over_seeds"] is None:
        return ""
    of = f"The standard deviation of the mean {part.called(metric)} over {len(told['seeds'])} seeds"
    folds = "" if spread["std_over_folds"] is None else f", over the folds {significant(spread['std_over_folds'], 2)}"
    values = [brief(one.get(metric)) for one in (told["out_of_fold"], part.metrics["out_of_fold"])]
    seeds = f"{of} is {significant(spread['std_over_seeds'], 2)}{folds}."
    return f"{seeds} Out of fold: {values[0]} by their ensemble, {values[1]} by one on average."


def _models(part: Part) -> str:
    """The ensemble on the held-out test set against the best single model, by their loss.

    The loss decides, since the networks were trained for it and no threshold changes it.
    """
    told, best = part.metrics["ensemble"].get("loss"), part.metrics["best_fold"]
    if not told or told["ensemble"] is None:
        return ""
    loss, folds = told["ensemble"], len(told["folds"])
    better = f"better than {told['better_than']} of {folds} single models (mean {brief(told['mean_of_folds'])})"
    on = f"its loss on the held-out test set is {brief(loss)}, {better}"
    alone = best["test"].get("loss") if "fold" in best else None
    if alone is None:
        return f"Ensemble: {on}."
    single = f"{part.name(best)}, the single model with the lowest validation loss, has {brief(alone)}"
    if loss <= alone:
        return f"Ensemble: {on}; {single}."
    return f"Single model: {single} on the held-out test set; the ensemble has a loss of {brief(loss)}, {better}."
