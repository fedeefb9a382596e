"""Which setting wins a fold, and which all of them: by hand, and against a plain loop."""

import math

import numpy as np
import pytest
from scipy.stats import sem
from searches import trial

from configs.search import Axis
from evaluation.search.objectives import fold_objectives, members_of_folds, spread_of
from evaluation.search.selection import best_setting, fold_winners
from evaluation.search.settings import is_active, merged, setting_of

THREE = [[0], [1], [2]]


def numbers(winners):
    return [winner and winner.number for winner in winners]


def test_each_fold_is_won_by_its_own_rows_and_all_together_by_the_mean():
    trials = [trial(0, [0.5, 0.2, 0.9]), trial(1, [0.4, 0.3, 0.8]), trial(2, [0.6, 0.1, 0.3])]
    assert numbers(fold_winners(trials, THREE, falls=True)) == [1, 2, 2]
    assert numbers(fold_winners(trials, THREE, falls=False)) == [2, 1, 0]
    assert best_setting(trials, THREE, falls=True).number == 2  # means 0.533, 0.5, 0.333
    assert best_setting(trials, THREE, falls=False).number == 0


@pytest.mark.parametrize("falls", [True, False])
def test_equal_objectives_are_decided_by_the_number_whatever_the_order(falls):
    trials = [trial(7, [0.3, 0.2]), trial(3, [0.2, 0.3]), trial(5, [0.3, 0.2])]
    assert numbers(fold_winners(trials, [[0], [1]], falls)) == [3 if falls else 5, 5 if falls else 3]
    assert best_setting(trials, [[0], [1]], falls).number == 3


@pytest.mark.parametrize("nothing", [None, math.inf, -math.inf, math.nan])
def test_what_is_not_finite_never_wins(nothing):
    trials = [trial(0, [nothing, nothing]), trial(1, [nothing, 0.1]), trial(2, [0.9, 0.9])]
    for falls in (True, False):
        winners = fold_winners(trials, [[0], [1]], falls)
        assert numbers(winners) == [2, 1 if falls else 2]
        assert best_setting(trials, [[0], [1]], falls).number == 2  # trial 1 failed in a fold
    assert fold_winners([trials[0]], [[0], [1]], True) == [None, None]
    assert best_setting([trials[0]], [[0], [1]], True) is None
    assert best_setting([], THREE, True) is None


def test_the_seeds_of_a_fold_choose_together():
    keys = [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1)]
    folds = members_of_folds(keys)
    assert folds == {(0, 0): [0, 2], (0, 1): [1, 3]}
    trials = [trial(0, [0.1, 0.5, 0.9, 0.5]), trial(1, [0.4, 0.6, 0.4, None])]
    table = fold_objectives(trials, list(folds.values()))
    np.testing.assert_allclose(table, [[0.5, 0.5], [0.4, np.nan]])
    assert numbers(fold_winners(trials, list(folds.values()), True)) == [1, 0]


def test_trials_of_different_folds_are_compared_by_what_they_gain_in_their_folds():
    trials = [trial(0, [0.5, 5.0, 50.0])]
    trials += [trial(1, [0.4], [0]), trial(2, [0.3], [0]), trial(3, [4.6], [1]), trial(4, [51.0], [2])]
    assert numbers(fold_winners(trials, THREE, True)) == [2, 3, 0]
    # medians 0.4, 4.8, 50.5: the gains of trials 0 to 4 are (-0.1, -0.2, 0.5), 0, 0.1, 0.2 and -0.5
    assert best_setting(trials, THREE, True).number == 3
    assert best_setting(trials, THREE, False).number == 4


def test_winners_are_those_of_a_plain_loop_over_random_searches():
    draw = np.random.default_rng(0)
    for _ in range(50):
        table = draw.integers(0, 4, size=(6, 4)).astype(float)
        table[draw.random(table.shape) < 0.2] = np.nan
        trials = [trial(row, [None if np.isnan(one) else one for one in table[row]]) for row in range(6)]
        for column, winner in enumerate(fold_winners(trials, [[0], [1], [2], [3]], True)):
            known = [(value, row) for row, value in enumerate(table[:, column]) if value == value]
            assert (winner and winner.number) == (min(known)[1] if known else None)
        whole = [(row.mean(), number) for number, row in enumerate(table) if np.isfinite(row).all()]
        best = best_setting(trials, [[0], [1], [2], [3]], True)
        assert (best and best.number) == (min(whole)[1] if whole else None)


def test_mean_and_standard_error_are_scipys():
    values = np.array([0.3, 0.5, 0.45, 0.2])
    assert spread_of(values) == (values.mean(), pytest.approx(sem(values)), 4)
    assert math.isnan(spread_of(values[:1]).error)


def test_trials_of_one_setting_in_several_folds_are_one_setting():
    same = {"model.dropout": 0.1}
    trials = [trial(4, [0.2], [1], values=same), trial(1, [None, 0.3], [0, 2], values=same, cause="burst"),
              trial(2, [0.9], [0], values={"model.dropout": 0.2})]  # fmt: skip
    one, other = merged(trials)
    assert (one.number, one.members, one.objective) == (1, (0, 1, 2), (None, 0.2, 0.3))
    assert (one.seconds, one.status, other) == (3.0, "done", trials[2])


def test_a_key_whose_condition_does_not_hold_is_no_part_of_a_setting():
    space = {
        "optimizer.name": Axis(choices=("adam", "sgd")),
        "optimizer.momentum": Axis(low=0, high=1, when={"optimizer.name": "sgd"}),
        "optimizer.nesterov": Axis(choices=(True, False), when={"optimizer.momentum": [0.5, 0.9]}),
    }
    written = {"optimizer.name": "adam", "optimizer.momentum": 0.5, "optimizer.nesterov": False}
    assert setting_of(trial(0, [1.0]), written, space) == {"optimizer.name": "adam"}
    assert setting_of(trial(1, [1.0], values={"optimizer.name": "sgd"}), written, space) == written | {
        "optimizer.name": "sgd"
    }
    assert not is_active("optimizer.nesterov", written | {"optimizer.name": "sgd", "optimizer.momentum": 0.1}, space)
