"""Several seeds of the same folds: the mean of each fold over its seeds, and the spread by seed beside that by fold.

Members of one fold differ in initial weights, order of rows and dropout alone, and share all of their rows. They are no
independent folds: a fold counts once, with the mean over its seeds (Bouthillier et al., Accounting for Variance in
Machine Learning Benchmarks, MLSys 2021).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.choices.cuts import Cuts
from evaluation.folds.ensemble import ensemble
from evaluation.intervals.dependence import Dependence
from evaluation.judging.catalogue import measured
from evaluation.judging.judge import judge
from evaluation.judging.pooled import pooled
from evaluation.judging.probabilities import ensemble_logits
from evaluation.keys import key_of, named
from evaluation.predictions import Predictions

Floats = NDArray[np.float64]
Entry = Mapping[str, Any]
FoldKey = tuple[int, int]
"""(repeat, fold)"""


def seeds_of(folds: Iterable[Entry]) -> list[int]:
    """The seeds of these entries of members, ascending."""
    return sorted({fold["seed"] for fold in folds})


def by_fold(folds: Iterable[Entry]) -> dict[FoldKey, list[Entry]]:
    """The members of each fold that has scored rows, by (repeat, fold) in ascending order."""
    found: dict[FoldKey, list[Entry]] = {}
    for fold in folds:
        if fold["scored"]:
            found.setdefault((fold["repeat"], fold["fold"]), []).append(fold)
    return dict(sorted(found.items()))


def named_fold(own: Sequence[Entry], folds: Iterable[Entry]) -> dict[str, int]:
    """The key of the fold with the members `own`, as fields: without a seed where `folds` have several."""
    key = named(key_of(own[0]))
    return key if len(seeds_of(folds)) < 2 else {name: key[name] for name in ("repeat", "fold")}


def fold_values(folds: Iterable[Entry], metric: str) -> Floats:
    """A `scored` metric of each fold, the mean over its seeds: `(folds,)`; nan where it is undefined for one."""
    values = [[member["scored"][metric] for member in own] for own in by_fold(folds).values()]
    return np.array([np.mean(np.array(own, np.float64)) for own in values])


def seed_table(folds: Sequence[Entry], metric: str) -> Floats:
    """A `scored` metric by seed and fold: `(seeds, folds)`, of the folds that every seed has; nan where undefined."""
    seeds = seeds_of(fold for fold in folds if fold["scored"])
    complete = [own for own in by_fold(folds).values() if len(own) == len(seeds)]
    columns = [[one["scored"][metric] for one in sorted(own, key=lambda one: one["seed"])] for own in complete]
    return np.array(columns, np.float64).reshape(len(complete), len(seeds)).T


def over_seeds(
    folds: Sequence[Entry],
    scored: Predictions,
    test: Predictions,
    cuts: Cuts,
    dependence: Dependence,
    chosen: Sequence[str] = (),
) -> dict[str, Any]:
    """`seeds`, the `seed_spread` of every metric as `scored`, the ensemble over the seeds as `out_of_fold`, and `test`.

    In `out_of_fold` a row has the mean of the probabilities that the seeds of its fold give it, and the mean of their
    thresholds; see `metrics.pooled`. `test` is `{metric: {by_seed, std_over_seeds}}` of the ensemble of each seed's
    folds on the held-out test set. `{}` where the folds have one seed; parts without rows are `{}`.
    """
    if len(seeds := seeds_of(folds)) < 2:
        return {}
    names = measured(scored.task, chosen)
    together = seeds_together(scored)
    return {
        "seeds": seeds,
        "scored": {metric: seed_spread(seed_table(folds, metric)) for metric in names} if len(scored.row) else {},
        "out_of_fold": pooled(together, cuts.of_folds(together.members()), dependence, chosen),
        "test": _tested([test.select(test.seed == seed) for seed in seeds], cuts, chosen) if len(test.row) else {},
    }


def _tested(tests: Sequence[Predictions], cuts: Cuts, chosen: Sequence[str]) -> dict[str, Any]:
    """Each metric of the ensemble of each of `tests`, the test rows of one seed, and their deviation."""
    judged = [
        judge(*ensemble(one), one.task, one.classes, cuts.among(one.members()).ensemble, chosen)
        for one in tests
        if len(one.row)
    ]
    found = {name: [float(one[name]) for one in judged] for name in measured(tests[0].task, chosen)}
    return {
        name: {"by_seed": own, "std_over_seeds": float(np.std(own, ddof=1)) if len(own) > 1 else float("nan")}
        for name, own in found.items()
    }


def seeds_together(scored: Predictions) -> Predictions:
    """Each row of each repeat once: the `ensemble_logits` of its fold's seeds, of the rows that all seeds have.

    The seed of every row is the smallest.
    """
    if len(seeds := np.unique(scored.seed)) < 2:
        return scored
    order = np.lexsort((scored.seed, scored.row, scored.fold, scored.repeat))
    keys = np.stack([scored.repeat, scored.fold, scored.row], axis=1)[order]
    starts = np.flatnonzero(np.diff(keys, axis=0, prepend=-1).any(axis=1))
    starts = starts[np.diff(starts, append=len(order)) == len(seeds)]
    places = order[starts[:, None] + np.arange(len(seeds))]  # (rows, seeds)
    one = scored.select_at(places[:, 0])
    logits = ensemble_logits(scored.logits[places].swapaxes(0, 1), scored.task)
    return replace(one, logits=logits.astype(np.float32))


def seed_spread(table: Floats) -> dict[str, Any]:
    """Standard deviations (ddof 1) of a metric in its `seed_table` `(seeds, folds)`; nan with a `reason`.

    Returns:
        `mean` of all; `by_seed`, the mean over the folds of each seed; `std_over_folds` of the folds' means over
        the seeds; `std_over_seeds` of `by_seed`: how much another seed alone moves the mean of the folds;
        `std_within_folds`, the root of the mean over the folds of the variance over the seeds: how much it moves one
        fold, the residual of a one-way analysis of variance by fold. Of one fold there is no deviation over folds.
    """
    seeds, folds = table.shape
    nan, by_seed = float("nan"), [float(value) for value in (table.mean(axis=1) if folds else np.full(seeds, np.nan))]
    if not folds or np.isnan(table).any():
        why = "undefined for a seed of some fold" if folds else "no fold has finite predictions for every seed"
        spreads = dict.fromkeys(("std_over_folds", "std_over_seeds", "std_within_folds"), nan)
        return {"mean": nan, "by_seed": by_seed, **spreads, "reason": why}
    return {
        "mean": float(table.mean()),
        "by_seed": by_seed,
        "std_over_folds": float(np.std(table.mean(axis=0), ddof=1)) if folds > 1 else nan,
        "std_over_seeds": float(np.std(by_seed, ddof=1)) if seeds > 1 else nan,
        "std_within_folds": float(np.sqrt(np.var(table, axis=0, ddof=1).mean())) if seeds > 1 else nan,
    }
