"""A study's networks against its baselines: mean over the folds, and paired differences to the best baseline."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evaluation.comparing.candidate import Candidate, of_finite_folds
from evaluation.comparing.comparison import BETTER, EQUIVALENT, PROBABLY_BETTER, compare
from evaluation.decimals import decimals
from evaluation.metrics.catalogue import metric_of, metrics_of_run

ROPE = 0.01
"""Half the width of the region of practical equivalence, as in `compare.py`."""


class Learned(NamedTuple):
    """A network or a baseline in the table: what it is called, and its `scored` of `metrics.json`."""

    name: str
    label: str
    scored: Mapping[str, Any]
    baseline: bool


class AgainstBaselines(NamedTuple):
    """Networks and baselines over the same folds.

    Attributes:
        metric: by which they are ordered and compared.
        learned: of every network and baseline, the best first.
        folds: number of folds of the means.
        sentences: a line for each network, on how it does against the best baseline; none with fewer than two folds.
    """

    metric: str
    learned: list[Learned]
    folds: int
    sentences: list[str]


def against_baselines(
    networks: Sequence[Candidate], baselines: Sequence[Candidate], labels: Mapping[str, str]
) -> AgainstBaselines:
    """Compare each of the networks with the baseline that has the best mean over the folds.

    Candidates are those of one run, named by their framework; `labels` says what a baseline is called. The metric is
    the first that the study shows besides the loss.
    """
    every = [*networks, *baselines]
    metric = next((name for name in metrics_of_run(every[0].metrics) if name != "loss"), "loss")
    falls = metric_of(metric).falls
    known = {one.framework: (one.metrics["scored"].get(metric) or {}).get("mean") for one in every}

    def order(name: str) -> float:
        value = known[name]
        return float("inf") if value is None else value if falls else -value

    learned = [
        Learned(one.framework, labels.get(one.framework, one.framework), one.metrics["scored"], one in baselines)
        for one in sorted(every, key=lambda one: order(one.framework))
    ]
    best = min(baselines, key=lambda one: order(one.framework))
    sentences = [_sentence(one, best, metric, labels) for one in networks]
    return AgainstBaselines(metric, learned, len(every[0].folds), [line for line in sentences if line])


def _sentence(network: Candidate, best: Candidate, metric: str, labels: Mapping[str, str]) -> str:
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
    return f"{network.framework} {verb} the best baseline, {label} ({numbers}){f'; {missing}' if missing else ''}"
