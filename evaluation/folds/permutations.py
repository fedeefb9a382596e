"""Permutation of the scored rows over the folds: metrics of folds that differ by chance alone."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.catalogue import METRICS
from evaluation.judging.classification import decisions
from evaluation.judging.judged_rows import JudgedRows
from evaluation.judging.probabilities import one_vs_rest_logits
from evaluation.judging.ratios import r2_of_means, ratio
from evaluation.judging.row_losses import row_briers, row_losses
from evaluation.predictions import Predictions

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

PERMUTATIONS, FEWEST = 500, 200
"""With nine metrics the limit is the 98 to 99 % quantile over the permutations: third or fourth largest of 200."""
CELLS, LEAST = 10**7, 50
"""Limit of permutations times rows times rankings; and the fewest rows that a fold keeps in any case, if it has them.

A larger study gets fewer permutations and, where that is not enough, a share of its rows is left out."""
BLOCK, TOGETHER = 50, 10**6
"""Permutations per block, and their largest number of rows."""


class PermutedFolds:
    """Permuted rows, sorted by fold: `places` `(permutations, rows)` are rows, folds begin at `starts` `(folds,)`."""

    def __init__(self, places: Places, starts: Places) -> None:
        self.places, self.starts = places, starts
        self.sizes = np.diff(starts, append=places.shape[1])
        self.ranks = np.arange(places.shape[1]) - np.repeat(starts, self.sizes) + 1

    def sums(self, values: NDArray[np.generic]) -> Floats:
        """Sum of `values` `(rows,)` in each fold, `(permutations, folds)`."""
        return np.asarray(np.add.reduceat(values.astype(np.float64)[self.places], self.starts, axis=1))

    def areas(self, positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """AUROC and average precision `(permutations, folds)`, for folds sorted by score, highest first."""
        drawn = positive[self.places]
        every = np.cumsum(drawn, axis=1, dtype=np.int32)
        before = np.take(every, self.starts, axis=1) - np.take(drawn, self.starts, axis=1)
        true = every - np.repeat(before, self.sizes, axis=1)
        positives = np.add.reduceat(drawn, self.starts, axis=1, dtype=np.float64)
        lost = np.add.reduceat(np.where(drawn, self.ranks - true, 0), self.starts, axis=1, dtype=np.float64)
        gained = np.add.reduceat(np.where(drawn, true / self.ranks, 0.0), self.starts, axis=1)
        return 1 - ratio(lost, positives * (self.sizes - positives)), ratio(gained, positives)


def permuted_metrics(scored: Predictions, cuts: Floats, names: Sequence[str] = ()) -> tuple[dict[str, Floats], float]:
    """Metrics `{metric: (permutations, folds)}` of permuted folds, nan where undefined; and the share of rows used.

    A fold keeps its share of each class and its size, except for the rows that are left out of all folds alike; rows
    stay in their repeat. A row goes to the same fold for all of its seeds, and a fold has the mean over them. Tied
    scores are ordered at random, once, which no metric here depends on much.

    Args:
        scored: finite scored rows of several folds.
        cuts: `(n,)`, see `classification.decisions`.
        names: of the metrics; none means the default ones.
    """
    names = names or METRICS[scored.task]
    rng = np.random.Generator(np.random.Philox(0))
    permutations, share = _affordable(scored)
    parts = []
    for seeds in _of_repeats(scored):
        order = rng.permutation(len(seeds[0]))
        draws = [*(deepcopy(rng) for _ in seeds[1:]), rng]
        pairs = zip(seeds, draws, strict=True)
        judged = [_of_pass(scored, places[order], cuts, permutations, share, draw, names) for places, draw in pairs]
        parts.append({name: np.mean([one[name] for one in judged], axis=0) for name in names})
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}, share


def _of_repeats(scored: Predictions) -> Iterator[list[Places]]:
    """For each repeat the places of every seed's rows; of several seeds, those that all have, in the same order."""
    for repeat in np.unique(scored.repeat):
        own = [np.flatnonzero((scored.repeat == repeat) & (scored.seed == seed)) for seed in np.unique(scored.seed)]
        own = [places for places in own if len(places)]
        if len(own) > 1:
            common = reduce(np.intersect1d, [scored.row[places] for places in own])
            own = [places[np.isin(scored.row[places], common)] for places in own]
            own = [places[np.argsort(scored.row[places], kind="stable")] for places in own]
        yield own


def _of_pass(
    scored: Predictions,
    mine: Places,
    cuts: Floats,
    permutations: int,
    share: float,
    rng: np.random.Generator,
    names: Sequence[str],
) -> dict[str, Floats]:
    """Metrics of the permutations of the rows at `mine`, of one seed and repeat, in random order."""
    mine = mine if share == 1 else _thinned(mine, scored, share)
    blocks = list(_blocks(scored.select_at(mine), cuts[mine], permutations, rng, names))
    return {name: np.concatenate([one[name] for one in blocks]) for name in names}


def _affordable(scored: Predictions) -> tuple[int, float]:
    """Number of permutations, and the share of the rows to use."""
    rows = len(scored.row)
    each = rows * (len(scored.classes) if scored.task == "multiclass" else 1)
    permutations = min(PERMUTATIONS, max(FEWEST, CELLS // each))
    return permutations, min(1.0, max(CELLS / (permutations * each), LEAST * len(scored.members()) / rows))


def _thinned(mine: Places, scored: Predictions, share: float) -> Places:
    """A `share` of rows in random order, the same of each fold and of each of its classes."""
    ordered = mine[np.lexsort((_strata(scored)[mine], scored.fold[mine]))]
    return ordered[np.linspace(0, len(mine), round(share * len(mine)), endpoint=False).astype(np.int64)]


def _strata(rows: Predictions) -> NDArray[Any]:
    return np.zeros(len(rows.row)) if rows.task == "regression" else rows.target


def _blocks(
    rows: Predictions, cuts: Floats, permutations: int, rng: np.random.Generator, names: Sequence[str]
) -> Iterator[dict[str, Floats]]:
    """Metrics of the permutations of one repeat, block by block."""
    folds, labels = np.unique(rows.fold, return_inverse=True)
    strata = _strata(rows)
    starts = np.append(0, np.cumsum(np.bincount(labels))[:-1])
    every = JudgedRows(rows.logits, rows.target, rows.task, cuts)
    judge = _regression if rows.task == "regression" else _classification
    block = max(1, min(BLOCK, TOGETHER // len(labels)))
    for start in range(0, permutations, block):
        size = min(block, permutations - start)
        fold_of = np.empty((size, len(labels)), np.min_scalar_type(len(folds)))  # small numbers sort by radix
        for stratum in np.unique(strata):
            inside = np.flatnonzero(strata == stratum)
            fold_of[:, inside] = rng.permuted(np.tile(labels[inside], (size, 1)), axis=1)
        found = judge(rows, cuts, fold_of, starts)
        found |= _others(every, [name for name in names if name not in found], fold_of, starts)
        yield {name: found[name] for name in names}


def _permuted_folds(fold_of: NDArray[np.generic], starts: Places, order: Places) -> PermutedFolds:
    """The folds one after the other, the rows of each in this `order` `(rows,)`."""
    return PermutedFolds(order[np.argsort(fold_of[:, order], axis=1, kind="stable")], starts)


def _others(rows: JudgedRows, names: Sequence[str], fold_of: NDArray[np.generic], starts: Places) -> dict[str, Floats]:
    """Metrics that have no faster way: the function of each is called for every fold of every permutation."""
    if not names:
        return {}
    places = _permuted_folds(fold_of, starts, np.arange(len(rows.targets))).places
    folds = [np.split(permuted, starts[1:]) for permuted in places]
    return {name: np.array([[rows.value(name, one) for one in permuted] for permuted in folds]) for name in names}


def _classification(rows: Predictions, cuts: Floats, fold_of: NDArray[np.generic], starts: Places) -> dict[str, Floats]:
    binary = rows.task == "binary"
    ranks = rows.logits if binary else one_vs_rest_logits(rows.logits)
    given, per_class = decisions(rows.logits, rows.task, cuts), []
    for column, index in enumerate([1] if binary else range(ranks.shape[1])):
        permuted, true, predicted = (
            _permuted_folds(fold_of, starts, np.argsort(-ranks[:, column])),
            rows.target == index,
            given == index,
        )
        tp, positives, trues = permuted.sums(true & predicted), permuted.sums(predicted), permuted.sums(true)
        auroc, average_precision = permuted.areas(true)
        per_class.append(
            {
                "auroc": auroc,
                "average_precision": average_precision,
                "f1": ratio(2 * tp, positives + trues),
                "precision": ratio(tp, positives),
                "recall": ratio(tp, trues),
                "specificity": ratio(permuted.sizes - trues - positives + tp, permuted.sizes - trues),
            }
        )
    means = {
        "loss": row_losses(rows.logits, rows.target, rows.task),
        "accuracy": given == rows.target,
        "brier": row_briers(rows.logits, rows.target, rows.task),
    }
    macro = {name: np.mean([one[name] for one in per_class], axis=0) for name in per_class[0]}
    return macro | {name: permuted.sums(values) / permuted.sizes for name, values in means.items()}


def _regression(rows: Predictions, _: Floats, fold_of: NDArray[np.generic], starts: Places) -> dict[str, Floats]:
    permuted = _permuted_folds(fold_of, starts, np.arange(len(rows.row)))
    targets = rows.target - rows.target.mean(dtype=np.float64)
    errors = rows.logits[:, 0].astype(np.float64) - rows.target
    loss, mae, mean, square = (
        permuted.sums(values) / permuted.sizes for values in (errors**2, np.abs(errors), targets, targets**2)
    )
    return {"loss": loss, "rmse": np.sqrt(loss), "mae": mae, "r2": r2_of_means(loss, mean, square)}
