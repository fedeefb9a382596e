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
        sentences: how the networks do against the best baseline and the best imported model, those together that do
            equally; none with fewer than two folds; and what has to be known of the baselines.
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
    lines = [line for kind, other in best.items() for line in _sentences(networks, other, kind, metric, labels)]
    kinds = {"networks": networks, "baselines": baselines, "imported models": imported}
    title = in_words([kind for kind, some in kinds.items() if some])
    return AgainstBaselines(metric, learned, len(every[0].folds), lines, title)


def ranking_metric(metrics: Mapping[str, Any]) -> str:
    """The metric by which learners are ordered: the first that the study of a `metrics.json` shows besides the loss."""
    return next((name for name in metrics_of_run(metrics) if name != "loss"), "loss")


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _sentences(
    networks: Sequence[Candidate], best: Candidate, kind: str, metric: str, labels: Mapping[str, str]
) -> list[str]:
    """`lightning and tensorflow beat the best baseline, ridge regression (...)`: one for networks that do equally."""
    found: dict[Result, list[str]] = {}
    for network in networks:
        if result := _result(network, best, metric):
            found.setdefault(result, []).append(network.framework)
    label = labels.get(best.framework, best.framework)
    return [
        f"{in_words(names)} {result.verbs[len(names) > 1]} {kind}, {label} ({result.numbers}){result.missing}"
        for result, names in found.items()
    ]


class Result(NamedTuple):
    """How a network does against another learner: the verb for one and for several, the numbers, failed folds."""

    verbs: tuple[str, str]
    numbers: str
    missing: str


def _result(network: Candidate, best: Candidate, metric: str) -> Result | None:
    """None where a fold leaves the metric undefined."""
    (one, other), missing = of_finite_folds([network, best])
    if len(one.folds) < 2:
        return None
    (test,) = compare([one, other], [metric], ROPE)["comparisons"]
    if test["p"] is None:
        return None
    difference, low, high = (decimals(test[key], 4) for key in ("difference", "low", "high"))
    numbers = f"difference in {metric_of(metric).label} {difference}, 95 % {low} to {high}"
    return Result(_verbs(test, one.name), numbers, f"; {missing}" if missing else "")


def _verbs(test: Mapping[str, Any], name: str) -> tuple[str, str]:
    """`beats`, and `beat` of several: what the test says of the candidate `name`."""
    if test["verdict"] in (BETTER, PROBABLY_BETTER):
        surely = "probably " * (test["verdict"] == PROBABLY_BETTER)
        if test["winner"] == name:
            return f"{surely}beats", f"{surely}beat"
        return f"is {surely}beaten by", f"are {surely}beaten by"
    how = "practically equivalent to" if test["verdict"] == EQUIVALENT else "not clearly different from"
    return f"is {how}", f"are {how}"
