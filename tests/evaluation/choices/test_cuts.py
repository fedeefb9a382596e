"""Cuts are the best there are, by trying all of them with scikit-learn, and are chosen on validation rows alone."""

from dataclasses import replace

import numpy as np
import pytest
from imagined import validation_of
from scipy.special import expit, logit
from sklearn.metrics import confusion_matrix, f1_score

from evaluation.choices.cuts import RULES, Cuts, best_cuts, choose_cuts

KEYS = [(0, 0, fold) for fold in range(4)]


def value(rule: str, targets: np.ndarray, called: np.ndarray, cost_ratio: float) -> float:
    if rule == "f1":
        return f1_score(targets, called)
    tn, fp, fn, tp = confusion_matrix(targets, called).ravel()
    return tp / (tp + fn) - fp / (fp + tn) if rule == "youden" else -(fp + cost_ratio * fn)


@pytest.mark.parametrize("cost_ratio", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_no_other_cut_is_better(cost_ratio, seed):
    rng = np.random.default_rng(seed)
    targets = np.arange(40) % 2
    scores = np.round(rng.normal(size=40) + targets, 1)
    for rule, cut in best_cuts(scores, targets, RULES, cost_ratio).items():
        every = [value(rule, targets, scores >= other, cost_ratio) for other in (*np.unique(scores), np.inf)]
        assert value(rule, targets, scores >= cut, cost_ratio) == pytest.approx(max(every), abs=1e-12), rule


def test_a_cut_lies_halfway_between_two_scores_and_of_equal_ones_nearest_to_even_odds():
    def cut(*scores, targets):
        return best_cuts(np.array(scores), np.array(targets), ["youden"])["youden"]

    assert cut(-4.0, -2.0, 1.0, 3.0, targets=[0, 0, 1, 1]) == -0.5
    assert cut(-4.0, -1.0, 0.5, 3.0, targets=[0, 1, 0, 1]) == 1.75  # -2.5 is as good
    assert cut(-3.0, -0.5, 1.0, 4.0, targets=[0, 1, 0, 1]) == -1.75  # 2.5 is as good


def test_a_cost_can_call_every_row_positive_or_none():
    scores, targets = np.array([-1.0, 1.0]), np.array([1, 0])
    assert best_cuts(scores, targets, ["cost"], 9.0) == {"cost": -np.inf}
    assert best_cuts(scores, targets, ["cost"], 0.1) == {"cost": np.inf}


def test_each_member_has_the_cut_of_its_own_validation_rows(imagine):
    validation = validation_of(*imagine())
    cuts = choose_cuts(validation, KEYS, "f1", 1.0)
    for key, cut in zip(KEYS, cuts.values, strict=True):
        mine = validation.of_member(*key)
        assert {"f1": cut} == best_cuts(mine.logits[:, 0], mine.target, ["f1"])
    assert len(set(cuts.values)) > 1


def test_a_number_is_the_cut_of_all(imagine):
    assert choose_cuts(validation_of(*imagine()), KEYS, "0.5", 1.0).values.tolist() == [0.0] * 4
    cuts = choose_cuts(validation_of(*imagine()), KEYS, "0.2", 1.0)
    assert cuts.probabilities == pytest.approx([0.2] * 4)
    assert cuts.ensemble == pytest.approx(logit(0.2))


def test_the_ensembles_threshold_is_the_mean_of_the_members():
    cuts = Cuts(KEYS, np.array([-3.0, 0.0, 1.0, 800.0]), {})
    assert expit(cuts.ensemble) == pytest.approx(np.mean(cuts.probabilities), rel=1e-12)


def test_a_member_that_could_not_choose_has_no_say_unless_none_could():
    values = np.array([-3.0, 0.0, 1.0, 0.0])
    some = Cuts(KEYS, values, dict.fromkeys([1, 3], "no rows"))
    assert expit(some.ensemble) == pytest.approx((expit(-3.0) + expit(1.0)) / 2, rel=1e-12)
    assert Cuts(KEYS, np.zeros(4), dict.fromkeys(range(4), "no rows")).ensemble == 0.0


def test_a_row_follows_the_cut_of_its_member(imagine):
    predictions, _ = imagine()
    rows = Cuts(KEYS, np.array([1.0, 2.0, 3.0, 4.0]), {}).of_rows(predictions)
    np.testing.assert_array_equal(rows, predictions.fold + 1.0)


@pytest.mark.parametrize("rule", ["f1", "youden", "cost"])
def test_rows_that_cannot_choose_leave_the_threshold_at_a_half_and_say_why(imagine, rule):
    validation = validation_of(*imagine())
    target, logits = validation.target.copy(), validation.logits.copy()
    target[validation.fold == 1] = 0
    logits[np.flatnonzero(validation.fold == 2)[0]] = np.inf
    cuts = choose_cuts(replace(validation, target=target, logits=logits).select(validation.fold != 3), KEYS, rule, 1.0)
    assert cuts.values[1:].tolist() == [0.0] * 3
    assert [reason.partition(";")[0] for _, reason in sorted(cuts.reasons.items())] == [
        "its validation rows are all of one class",
        "it has no finite predictions for its validation rows",
        "there are no validation rows to choose on",
    ]
