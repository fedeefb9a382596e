"""Baselines and imported models of a run beside its networks, from their saved results."""

from collections.abc import Mapping, Sequence
from typing import Any

from configs.seats.baselines import label_of_baseline
from evaluation.comparing.against_baselines import AgainstBaselines, against_baselines, in_words
from evaluation.comparing.candidate import Candidate
from experiment.results.judging import read_fits
from experiment.results.saved import RunResults
from experiment.run.run_directory import RunDirectory

Metrics = Mapping[str, Any]


def beside_baselines(
    results: RunResults, networks: Mapping[str, Metrics], baselines: Mapping[str, Metrics]
) -> AgainstBaselines | None:
    """Networks of a run, and its baselines and imported models, each `{name: metrics.json}`; None without the latter.

    An imported model is called by its name.
    """
    if not baselines:
        return None
    task = next(iter(baselines.values()))["task"]
    own = results.run.load_study().baselines
    labels = {name: label_of_baseline(name, task) for name in baselines if name in own}
    trained, known = ([_candidate(results, name, one) for name, one in some.items()] for some in (networks, baselines))
    of_study = [one for one in known if one.framework in own]
    told = against_baselines(trained, of_study, labels, [one for one in known if one.framework not in own])
    unweighted = [labels[one.framework] for one in of_study if _is_unweighted(results.run, one.framework)]
    return told._replace(sentences=[*told.sentences, *_without_weights(unweighted)])


def _is_unweighted(run: RunDirectory, name: str) -> bool:
    """Whether rows or classes have weights that the estimator does not take."""
    return "unweighted" in read_fits(run.framework(name))["timing"]


def _without_weights(labels: Sequence[str]) -> list[str]:
    """`nearest neighbours takes no weights, and was trained as if all rows weighed the same`; nothing without one."""
    if not labels:
        return []
    takes, was = ("takes", "was") if len(labels) == 1 else ("take", "were")
    return [f"{in_words(labels)} {takes} no weights, and {was} trained as if all rows weighed the same"]


def _candidate(results: RunResults, name: str, metrics: Metrics) -> Candidate:
    scored = results[name].predictions.of_role("scored")
    return Candidate(name, metrics, scored, run=str(results.run.root), framework=name)
