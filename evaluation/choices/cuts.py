"""Decision thresholds of a binary task, as log odds: one cut for each member, chosen on its own validation rows.

A cut is stored as log odds, because a probability near 1 has too few digits; reports show the probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from evaluation.judging.curves import threshold_counts
from evaluation.judging.probabilities import ensemble_logits
from evaluation.keys import Key
from evaluation.predictions import Predictions

Floats = NDArray[np.float64]

RULES = ("f1", "youden", "cost")
DEFAULT = "0.5"
"""The cut where a rule cannot choose one: probability 0.5."""


@dataclass(frozen=True)
class Cuts:
    """Decision threshold of each member: `values`, `(members,)` log odds, by `keys`, (seed, repeat, fold).

    `reasons` maps the place of a member to the cause why its validation rows gave no threshold.
    """

    keys: Sequence[Key]
    values: Floats
    reasons: dict[int, str]

    @cached_property
    def probabilities(self) -> list[float]:
        """The cuts as probabilities."""
        return [float(value) for value in expit(self.values)]

    @property
    def ensemble(self) -> float:
        """Log odds of the mean of the members' probabilities, without those that have `reasons` if others have none."""
        chosen = np.delete(self.values, list(self.reasons)) if len(self.reasons) < len(self.values) else self.values
        return float(ensemble_logits(chosen[:, None, None], "binary")[0, 0])

    def of_folds(self, keys: Sequence[Key]) -> "Cuts":
        """The `ensemble` cut of all seeds of each fold; `keys` are one member of each."""
        places: dict[Key, list[int]] = {key: [] for key in keys}
        firsts = {key[1:]: key for key in keys}
        for place, key in enumerate(self.keys):
            if (first := firsts.get(key[1:])) is not None:
                places[first].append(place)
        return Cuts(keys, np.array([self._of(own).ensemble for own in places.values()]), {})

    def among(self, keys: Sequence[Key]) -> "Cuts":
        """The cuts of these members."""
        return self._of([place for place, key in enumerate(self.keys) if key in set(keys)])

    def _of(self, places: Sequence[int]) -> "Cuts":
        """The cuts of the members at `places`."""
        reasons = {new: self.reasons[old] for new, old in enumerate(places) if old in self.reasons}
        return Cuts([self.keys[place] for place in places], self.values[places], reasons)

    def of_rows(self, predictions: Predictions) -> Floats:
        """The cut of each row's member, `(rows,)`."""
        return predictions.per_row(dict(zip(self.keys, self.values.tolist(), strict=True)))


def choose_cuts(validation: Predictions, keys: Sequence[Key], rule: str, cost_ratio: float) -> Cuts:
    """The cuts of all members: `rule` is one number for all, or one of `RULES`."""
    return choose_by_rules(validation, keys, [rule], cost_ratio)[rule]


def choose_by_rules(
    validation: Predictions, keys: Sequence[Key], rules: Sequence[str], cost_ratio: float
) -> dict[str, Cuts]:
    """`choose_cuts` by each of several rules, with a single sort of every member's rows."""
    cuts = {rule: Cuts(keys, np.full(len(keys), float(logit(float(rule)))), {}) for rule in rules if rule not in RULES}
    if choosing := [rule for rule in rules if rule in RULES]:
        members = [validation.of_member(*key) for key in keys]
        problems = {place: problem for place, one in enumerate(members) if (problem := _unusable(one))}
        none = dict.fromkeys(choosing, 0.0)
        chosen = [
            none if place in problems else best_cuts(one.logits[:, 0], one.target, choosing, cost_ratio)
            for place, one in enumerate(members)
        ]
        cuts |= {rule: Cuts(keys, np.array([one[rule] for one in chosen]), problems) for rule in choosing}
    return {rule: cuts[rule] for rule in rules}


def best_cuts(
    scores: NDArray[Any], targets: NDArray[Any], rules: Sequence[str], cost_ratio: float = 1.0
) -> dict[str, float]:
    """The cut with the best value on these rows, both `(rows,)`; of equally good ones the one nearest to log odds 0.

    Cuts lie halfway between scores; infinite ones predict every row positive, or none. `f1` is the F1 score; `youden`
    the true less the false positive rate (Youden's J, Cancer 3, 1950); `cost`, to be minimised, the false positives
    plus `cost_ratio` times the false negatives. Both classes must be present.
    """
    false, true = threshold_counts(scores, targets)
    distinct = np.unique(scores.astype(np.float64))[::-1]
    cuts = np.concatenate([[np.inf], (distinct[1:] + distinct[:-1]) / 2, [-np.inf]])
    values = {
        "f1": 2 * true / (true + false + true[-1]),
        "youden": true * false[-1] - false * true[-1],
        "cost": -(false + cost_ratio * (true[-1] - true)),
    }
    best = {rule: cuts[values[rule] == values[rule].max()] for rule in rules}
    return {rule: float(equal[np.argmin(np.abs(equal))]) for rule, equal in best.items()}


def _unusable(member: Predictions) -> str:
    """Reason why these validation rows give no cut; empty if they do."""
    if not len(member.row):
        return f"there are no validation rows to choose on; the threshold is {DEFAULT}"
    if not np.isfinite(member.logits).all():
        return f"it has no finite predictions for its validation rows; the threshold is {DEFAULT}"
    if (member.target == member.target[0]).all():
        return f"its validation rows are all of one class; the threshold is {DEFAULT}"
    return ""
