"""Pairwise comparison of several runs over the same folds, in one JSON-safe dictionary."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from configs.loading.problems import close_match, question
from configs.seats.metrics import metric_files
from evaluation.comparing.candidate import Candidate
from evaluation.comparing.holm import holm
from evaluation.comparing.paired import Difference, corrected_t_test, correlated_posterior
from evaluation.comparing.paired_delong import pooled_auroc_test
from evaluation.folds.over_seeds import seed_spread, seed_table, seeds_of
from evaluation.json_safe import json_safe
from evaluation.judging.catalogue import in_order, metric_of, metrics_of_run

SURE = 0.95
BETTER, PROBABLY_BETTER, EQUIVALENT = "better", "probably better", "practically equivalent"
UNDECIDED, UNDEFINED = "undecided", "undefined"


def compare(candidates: Sequence[Candidate], metrics: Sequence[str] = (), rope: float = 0.01) -> dict[str, Any]:
    """Compare `pairs_of_one_kind`, metric by metric; their data and folds must be the same.

    Args:
        candidates: two at least, with two scored folds at least.
        metrics: that all of them measure; none means those that all of them show.
        rope: half the width of the region of practical equivalence; as a share of the mean where a metric has no
            `natural_scale`.

    Returns:
        `task`, `folds`, `test_train_ratio`, `rope`, `candidates` (`name`, `run`, `framework`,
        `scored: {metric: mean over the folds}` and, where a candidate has several seeds, `spreads`) and `comparisons`,
        one for each pair and metric: `a`, `b`, `metric`, `difference` (the mean of a - b) with `low` and `high` (95 %)
        and `p` by `corrected_t_test`, `p_holm` over all comparisons, `rope` in the metric's own units, the
        probabilities `a_better`, `equivalent` and `b_better` by `correlated_posterior`. `verdict` is "practically
        equivalent" or "probably better" if that is at least 95 % probable, "better" if `p_holm` is below 5 %, too, and
        else "undecided"; `winner` is the name of the better one. In a metric that a fold leaves undefined the numbers
        are null. `pooled_auroc` has, for a binary task, DeLong's test of each pair over all scored rows, with `p_holm`
        over the pairs; whole groups are the units of sampling where the candidates have `groups`. The value of a fold
        is the mean over its seeds.

    Raises:
        ValueError: a metric is not measured, or `rope` is below 0.
    """
    task, ratio = candidates[0].metrics["task"], candidates[0].test_train_ratio
    names, pairs = _metrics(metrics, candidates), pairs_of_one_kind(candidates)
    if not rope >= 0:
        raise ValueError(f"--rope must be a number >= 0, received {rope}")
    tests = adjusted([compare_pair(*pair, metric, ratio, rope) for pair in pairs for metric in names])
    means = [{name: float(one.values(name).mean()) for name in names} for one in candidates]
    compared = {
        "task": task,
        "folds": len(candidates[0].values(names[0])),
        "test_train_ratio": ratio,
        "rope": rope,
        "candidates": [
            {"name": one.name, "run": one.run, "framework": one.framework, "scored": mean, **spread}
            for one, mean, spread in zip(candidates, means, _spreads(candidates, names), strict=True)
        ],
        "comparisons": [test | dict(zip(("verdict", "winner"), verdict(test), strict=True)) for test in tests],
        "pooled_auroc": adjusted([_compare_pooled(*pair) for pair in pairs]) if task == "binary" else [],
    }
    safe: dict[str, Any] = json_safe(compared)
    return safe


def _spreads(candidates: Sequence[Candidate], names: Sequence[str]) -> list[dict[str, Any]]:
    """`spreads` of each candidate, `{}` for all where none has several seeds: `seeds`, and by metric three numbers.

    `std_over_folds`, `std_over_seeds` (nan for one seed), see `over_seeds.seed_spread`, and the `ensemble` of folds and
    seeds on the held-out test set (nan without one).
    """
    seeds = [seeds_of(one.metrics["folds"]) for one in candidates]
    if max(map(len, seeds)) < 2:
        return [{} for _ in candidates]
    return [
        {"spreads": {"seeds": own} | {name: _spread(one, name) for name in names}}
        for one, own in zip(candidates, seeds, strict=True)
    ]


def _spread(one: Candidate, metric: str) -> dict[str, float]:
    table = seed_table(one.metrics["folds"], metric)
    told, tested = seed_spread(table), (one.metrics.get("test") or {}).get("ensemble", {}).get(metric)
    return {
        "std_over_folds": float(one.values(metric).std(ddof=1)),
        "std_over_seeds": told["std_over_seeds"],
        "ensemble": float("nan") if tested is None else float(tested),
    }


def pairs_of_one_kind(candidates: Sequence[Candidate]) -> list[tuple[Candidate, Candidate]]:
    """Pairs that differ in the run or in the framework; in both only where two runs have no framework in common.

    With two runs and both frameworks these are four pairs of six: the other two would be redundant. Baselines are
    compared with networks, not with each other, unless there are only baselines.
    """
    frameworks: dict[str, set[str]] = {}
    for one in candidates:
        frameworks.setdefault(one.run, set()).add(one.framework)
    return [
        (one, other)
        for one, other in combinations(candidates, 2)
        if not (one.is_baseline and other.is_baseline) or all(each.is_baseline for each in candidates)
        if one.run == other.run
        or one.framework == other.framework
        or frameworks[one.run].isdisjoint(frameworks[other.run])
    ]


def _metrics(wanted: Sequence[str], candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The metrics to compare, each once: those wanted, or those that all candidates show. Raises ValueError."""
    known = [*metric_files(), *(key for one in candidates for key in metrics_of_run(one.metrics))]
    measured = [name for name in in_order(dict.fromkeys(known)) if all(one.measures(name) for one in candidates)]
    shown = [name for name in metrics_of_run(candidates[0].metrics) if name in measured]
    shown = [name for name in shown if all(name in metrics_of_run(one.metrics) for one in candidates)]
    for name in wanted:
        if name not in measured:
            raise ValueError(f"--metric {name}: is not measured{question(close_match(name, measured), measured)}")
    return tuple(dict.fromkeys(wanted)) or tuple(shown or measured)


def compare_pair(one: Candidate, other: Candidate, metric: str, ratio: float, rope: float) -> dict[str, Any]:
    """One entry of `comparisons` of `compare`, without `p_holm` and its verdict; nan where a fold is undefined."""
    a, b = one.values(metric), other.values(metric)
    pair = {"a": one.name, "b": other.name, "metric": metric}
    if np.isnan(a).any() or np.isnan(b).any():
        numbers = (*Difference._fields, "rope", "a_better", "equivalent", "b_better")
        return pair | dict.fromkeys(numbers, float("nan"))
    own = rope * abs(float(np.mean([a, b]))) if not metric_of(metric).natural_scale else rope
    below, equivalent, above = correlated_posterior(a - b, ratio, own)
    a_better, b_better = (below, above) if metric_of(metric).falls else (above, below)
    posterior = {"rope": own, "a_better": a_better, "equivalent": equivalent, "b_better": b_better}
    return pair | corrected_t_test(a - b, ratio)._asdict() | posterior


def verdict(test: Mapping[str, Any]) -> tuple[str, str | None]:
    """Verdict by the posterior, "better" only if Holm's p value is below 5 % too; and the name of the better one."""
    if np.isnan(test["p"]):
        return UNDEFINED, None
    if test["equivalent"] >= SURE:
        return EQUIVALENT, None
    for name, chance in ((test["a"], test["a_better"]), (test["b"], test["b_better"])):
        if chance >= SURE:
            return BETTER if test["p_holm"] <= 1 - SURE else PROBABLY_BETTER, name
    return UNDECIDED, None


def _compare_pooled(one: Candidate, other: Candidate) -> dict[str, Any]:
    return {"a": one.name, "b": other.name} | pooled_auroc_test(
        one.predictions, other.predictions, one.groups
    )._asdict()


def adjusted(tests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A family of tests, each with its Holm-adjusted `p_holm`."""
    return [{**test, "p_holm": p} for test, p in zip(tests, holm([test["p"] for test in tests]), strict=True)]
