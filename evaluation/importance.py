"""Permutation importance of the columns of the data: how much worse a network predicts where one is permuted.

Breiman (Machine Learning 45, 2001); as scikit-learn's `permutation_importance`, of each fold's network on its own
scored rows. A column that others replace has a low importance, however much it is used: see `correlated`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.comparing.paired import corrected_t_test
from evaluation.json_safe import json_safe
from evaluation.judging.catalogue import METRICS, metric_of, name_of
from evaluation.keys import Key

Floats = NDArray[np.float64]

NEARLY = 0.9
"""Absolute rank correlation above which two columns are named as correlated."""


def importance_metrics(task: str, chosen: Sequence[str]) -> tuple[str, ...]:
    """The metrics whose drops are measured: those that the study names, or the first besides the loss; and the loss."""
    names = chosen or [name for name in METRICS[task] if name != "loss"][:1]
    return tuple(dict.fromkeys([*names, "loss"]))


def importance(
    scores: Floats, keys: Sequence[Key], test_train_ratio: float, metrics: Sequence[str], columns: Sequence[str]
) -> dict[str, Any]:
    """Importance of each column by each metric, the most important one by the first metric first.

    A fold's importance is the mean, over its permutations and seeds, of the drop: how much worse the metric is than
    with the column as it is. The mean over the folds has the corrected resampled t interval, as every mean over folds.

    Args:
        scores: `(members, metrics, 1 + columns x repeats)`, first those of the rows as they are.
        keys: of the members; those without a score at all have failed and are left out.
        test_train_ratio: scored rows of a fold to its training rows.
        metrics, columns: names.

    Returns:
        `metrics`, `repeats`, `folds` (repeat and fold of each), and `columns`: `{column, metric: {mean, low, high,
        folds}}` with the drop in each fold; null, and a `reason`, where it is undefined.
    """
    repeats = (scores.shape[2] - 1) // len(columns)
    known: NDArray[np.bool_] = np.asarray(~np.isnan(scores).all(axis=(1, 2)))
    folds = sorted({key[1:] for key, own in zip(keys, known, strict=True) if own})
    own = [[place for place, key in enumerate(keys) if key[1:] == fold and known[place]] for fold in folds]
    signs = np.array([1.0 if metric_of(name).falls else -1.0 for name in metrics])[:, None, None]
    permuted = scores[..., 1:].reshape(len(scores), len(metrics), len(columns), repeats)
    drops = ((permuted - scores[..., :1, None]) * signs).mean(axis=3)
    of_folds = np.array([drops[places].mean(axis=0) for places in own]).reshape(-1, len(metrics), len(columns))
    told: list[dict[str, Any]] = [
        {"column": name}
        | {metric: _over_folds(of_folds[:, row, place], test_train_ratio) for row, metric in enumerate(metrics)}
        for place, name in enumerate(columns)
    ]
    first = main_metric(metrics, told)
    told.sort(key=lambda one: -np.nan_to_num(one[first]["mean"], nan=-np.inf))
    every = [{"repeat": repeat, "fold": fold} for repeat, fold in folds]
    return json_safe({"metrics": list(metrics), "repeats": repeats, "folds": every, "columns": told})


def main_metric(metrics: Sequence[str], columns: Sequence[Mapping[str, Any]]) -> str:
    """The first of `metrics` by which a column has an importance."""
    known = (name for name in metrics if any(_is_number(one[name]["mean"]) for one in columns))
    return next(known, metrics[0])


def change_in(metric: str, task: str) -> str:
    """What a permuted column does to a metric that it matters to: `drop in AUROC`, `rise in loss`."""
    return f"{'rise' if metric_of(metric).falls else 'drop'} in {name_of(metric, task)}"


def correlated(features: NDArray[np.floating], names: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs of columns with a rank correlation beyond `NEARLY`: `[{columns, correlation}]`, the largest first.

    Args:
        features: `(rows, features)`, categories as a feature of 0 and 1 for each level; NaN is a missing value.
        names: the column of the data that each feature is made of; of two columns the largest correlation counts.
    """
    ranks = _ranks(np.where(np.isnan(features), -np.inf, features))
    centred = ranks - ranks.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0))
    used = np.flatnonzero(norms > 0)
    scaled = centred[:, used] / norms[used]
    matrix = scaled.T @ scaled
    found: dict[tuple[str, str], float] = {}
    for one, other in np.argwhere(np.triu(np.abs(matrix) > NEARLY, 1)):
        pair = names[used[one]], names[used[other]]
        if pair[0] != pair[1] and abs(matrix[one, other]) > abs(found.get(pair, 0.0)):
            found[pair] = float(np.clip(matrix[one, other], -1.0, 1.0))
    ordered = sorted(found.items(), key=lambda item: -abs(item[1]))
    return [{"columns": list(pair), "correlation": size} for pair, size in ordered]


def _ranks(features: Floats) -> Floats:
    """Ranks in each column, equal values with the mean of theirs: `(rows, features)` twice.

    As `scipy.stats.rankdata`, whose import takes a third of a second of every training.
    """
    ranks = np.empty_like(features)
    for place, column in enumerate(features.T):
        ordered = np.sort(column)
        below, upto = (np.searchsorted(ordered, column, side=side) for side in ("left", "right"))
        ranks[:, place] = (below + upto + 1) / 2
    return ranks


def _over_folds(drops: Floats, test_train_ratio: float) -> dict[str, Any]:
    nan, folds = float("nan"), [float(drop) for drop in drops]
    none = {"mean": nan, "low": nan, "high": nan, "folds": folds}
    if undefined := int(np.isnan(drops).sum()):
        return none | {"reason": f"undefined in {undefined} of {len(folds)} folds"}
    if len(folds) < 2:
        why = "one fold has no spread" if folds else "no fold has two rows with finite predictions"
        return none | {"mean": folds[0] if folds else nan, "reason": why}
    test = corrected_t_test(drops, test_train_ratio)
    return {"mean": test.difference, "low": test.low, "high": test.high, "folds": folds}


def _is_number(value: float | None) -> bool:
    return value is not None and not np.isnan(value)
