"""All scored rows together: each row once per repeat and seed, predicted by a member that did not train on it."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from evaluation.choices.cuts import Cuts
from evaluation.intervals.dependence import Dependence
from evaluation.intervals.sampling import sampling_intervals
from evaluation.judging.classification import confusion_matrix, decisions
from evaluation.judging.judge import judge, mean_of
from evaluation.predictions import Predictions


def pooled(scored: Predictions, cuts: Cuts, dependence: Dependence, chosen: Sequence[str] = ()) -> dict[str, Any]:
    """Mean over repeats and seeds of every metric of the pooled rows, their `intervals`, and one confusion matrix.

    `{}` where no row is scored.
    """
    if not len(scored.row):
        return {}
    repeats = passes(scored)
    limits = [cuts.of_rows(one) for one in repeats]
    judged = mean_of(
        [
            judge(one.logits, one.target, one.task, one.classes, cut, chosen)
            for one, cut in zip(repeats, limits, strict=True)
        ]
    )
    if scored.task != "regression" and np.isfinite(scored.logits).all():
        given = decisions(scored.logits, scored.task, cuts.of_rows(scored))
        judged["confusion_matrix"] = confusion_matrix(given, scored.target, len(scored.classes)).tolist()
    rows = [one.logits for one in repeats], repeats[0].target, scored.task, limits
    return judged | {"intervals": sampling_intervals(*rows, dependence.of(repeats[0].row), chosen)}


def passes(scored: Predictions) -> Sequence[Predictions]:
    """The rows of each repeat (of each seed), ascending: those that every pass has, where a fold has failed in one."""
    keys = sorted(set(zip(scored.seed.tolist(), scored.repeat.tolist(), strict=True)))
    parts = [scored.select((scored.seed == seed) & (scored.repeat == repeat)) for seed, repeat in keys]
    ordered = [part.select_at(np.argsort(part.row, kind="stable")) for part in parts]
    common = reduce(np.intersect1d, [part.row for part in ordered], scored.row)
    return [part.select(np.isin(part.row, common)) for part in ordered]
