"""Agreement of both frameworks' results, in sentences."""

import numpy as np

from evaluation.judging.catalogue import metrics_of_run
from evaluation.judging.probabilities import probabilities
from evaluation.training_curves.divergence import EQUAL, loss_gaps
from reporting.page.numbers import bound, brief
from reporting.page.part import Part, Parts

NOTICED = 0.01
"""Smallest gap that counts: share of a metric, probability, or share of the predictions' standard deviation."""
ROUNDING = "The training losses part slowly, up to {gap} of them: rounding; training.precision=64 keeps it small."
LATER = "The training losses agree to {gap} of them, so compare what keeps the best weights and what predicts."


def agreement(parts: Parts, disagreement: str) -> list[str]:
    """`disagreement` of the nets, if there is one; then the differences of metrics, and of single rows' predictions."""
    if len(parts) < 2:
        return []
    one, other = list(parts.values())[:2]
    said = [line for line in (_metrics(one, other), _rows(one, other)) if line]
    if disagreement:
        return [f"No: {disagreement}.", *(line for line, _ in said)]
    causes = [_cause(one, other)] * any(large for _, large in said)
    return [" ".join(filter(None, [*(line for line, _ in said), *causes]))] if said else []


def _cause(one: Part, other: Part) -> str:
    """Why single numbers differ although the nets and their training are the same; "" without a history."""
    gaps = loss_gaps(one.history, other.history).values()
    if not gaps:
        return ""
    return (ROUNDING if max(gaps) > EQUAL else LATER).format(gap=f"{max(gaps):.1g}")


def _metrics(one: Part, other: Part) -> tuple[str, bool] | None:
    """Difference of the metrics, and whether it is large."""
    pairs = {name: (one.judged.get(name), other.judged.get(name)) for name in metrics_of_run(one.metrics)}
    apart = {name: abs(a - b) for name, (a, b) in pairs.items() if a is not None and b is not None}
    if not apart:
        return None
    most = max(apart, key=lambda name: apart[name])
    if apart[most] > NOTICED * max(abs(one.judged[most]), abs(other.judged[most])):
        return f"They differ most in {one.called(most)}, by {brief(apart[most])}.", True
    return f"No metric differs by more than {bound(apart[most])} ({one.called(most)}).", False


def _rows(one: Part, other: Part) -> tuple[str, bool] | None:
    """Difference of rows with finite predictions in both, and whether it is large; None without such rows."""
    if len(one.predictions.row) != len(other.predictions.row):
        return None
    logits = [part.predictions.in_order().logits for part in (one, other)]
    known = np.isfinite(logits).all(axis=(0, 2))
    if not known.any():
        return None
    here, there = (probabilities(own[known], one.predictions.task) for own in logits)
    gaps = np.abs(here - there).max(axis=1)
    largest = gaps.max()
    regression = one.metrics["task"] == "regression"
    what, least = ("prediction", NOTICED * float(np.std(here))) if regression else ("probability", NOTICED)
    if largest <= least:
        return f"No {what} of a row differs by more than {bound(largest)}.", False
    several = "predictions" if regression else "probabilities"
    share = f"{(gaps > least).sum():,} of {len(gaps):,} {several} differ by more than {bound(least)}"
    return f"{share}, one of them by {brief(largest)}.", True
