"""A study's networks against its baselines and imported models: means over the folds, and paired differences."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evaluation.comparing.candidate import Candidate, of_finite_folds
from evaluation.comparing.comparison import BETTER, EQUIVALENT, PROBABLY_BETTER, compare
from evaluation.decimals import decimals
from evaluation.judging.catalogue import metric_of, metrics_of_run

ROPE = 0.01
"""Half the width of the region of practical equivalence, as in `compare.py`."""


class Learned(NamedTuple):
    """A learner in the table: what it is called, its `scored` of `metrics.json`, and whether it is no network."""

    name: str
    label: str
    scored: Mapping[str, Any]
    baseline: bool


class AgainstBaselines(NamedTuple):
    """Networks, baselines and imported models over the same folds.

    Attributes:
        metric: by which they are ordered and compared.
        learned: of every learner, the best first.
        folds: number of folds of the means.
        sentences: lines for each network, on how it does against the best baseline and the best imported model; none
            with fewer than two folds; and what has to be known of the baselines.
        title: the kinds of learners that are there, as `networks and baselines`.
    """

    metric: str
    learned: list[Learned]
    folds: int
    sentences: list[str]
    title: str


def against_baselines(
    networks: Sequence[Candidate],
    baselines: Sequence[Candidate],
    labels: Mapping[str, str],
    imported: Sequence[Candidate] = (),
) -> AgainstBaselines:
    """Compare each of the networks with the baseline, and the imported model, that has the best mean over the folds.

    Candidates are those of one run, named by their framework; `labels` says what a baseline is called. The metric is
    `ranking_metric` of the study.
    """
    every = [*networks, *baselines, *imported]
    metric = ranking_metric(every[0].metrics)
    falls = metric_of(metric).falls
    known = {one.framework: (one.metrics["scored"].get(metric) or {}).get("mean") for one in every}

    def order(name: str) -> float:
        value = known[name]
        return float("inf") if value is None else value if falls else -value

    learned = [
        Learned(one.framework, labels.get(one.framework, one.framework), one.metrics["scored"], one.is_baseline)
        for one in sorted(every, key=lambda one: order(one.framework))
    ]
    best = {
        kind: min(some, key=lambda one: order(one.framework))
        for kind, some in (("the best baseline", baselines), ("the best imported model", imported))
        if some
    }
    lines = [_sentence(one, other, kind, metric, labels) for one in networks for kind, other in best.items()]
    kinds = {"networks": networks, "baselines": baselines, "imported models": imported}
    title = in_words([kind for kind, some in kinds.items() if some])
    return AgainstBaselines(metric, learned, len(every[0].folds), [line for line in lines if line], title)


def ranking_metric(metrics: Mapping[str, Any]) -> str:
    """The metric by which learners are ordered: the first that the study of a `metrics.json` shows besides the loss."""
    return next((name for name in metrics_of_run(metrics) if name != "loss"), "loss")


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _sentence(network: Candidate, best: Candidate, kind: str, metric: str, labels: Mapping[str, str]) -> str:
    """`lightning beats the best baseline, ridge regression: ...`; "" where a fold leaves the metric undefined."""
    (one, other), missing = of_finite_folds([network, best])
    if len(one.folds) < 2:
        return ""
    (test,) = compare([one, other], [metric], ROPE)["comparisons"]
    if test["p"] is None:
        return ""
    verb = "is not clearly different from"
    if test["verdict"] == EQUIVALENT:
        verb = "is practically equivalent to"
    elif test["verdict"] in (BETTER, PROBABLY_BETTER):
        surely = "probably " * (test["verdict"] == PROBABLY_BETTER)
        verb = f"{surely}beats" if test["winner"] == one.name else f"is {surely}beaten by"
    difference, low, high = (decimals(test[key], 4) for key in ("difference", "low", "high"))
    label = labels.get(best.framework, best.framework)
    numbers = f"difference in {metric_of(metric).label} {difference}, 95 % {low} to {high}"
    return f"{network.framework} {verb} {kind}, {label} ({numbers}){f'; {missing}' if missing else ''}"
