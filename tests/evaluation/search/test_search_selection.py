"""Which setting of a search is the best, and what its values are: by hand, and against a plain loop."""

import math

import numpy as np
import pytest
from scipy.stats import sem
from searches import study_of, trial

from configs.schema import Study
from configs.search.space import dimensions
from configs.sections.search import Axis
from evaluation.search.objectives import fold_objectives, spread_of
from evaluation.search.selection import best_setting, level_means
from evaluation.search.settings import as_written, merged, setting_of

THREE = [[0], [1], [2]]


def test_the_best_setting_has_the_best_mean_and_equal_ones_go_by_the_number():
    trials = [trial(7, [0.3, 0.2]), trial(3, [0.2, 0.3]), trial(5, [0.3, 0.2]), trial(4, [0.9, 0.4])]
    assert best_setting(trials, [[0], [1]], falls=True).number == 3
    assert best_setting(trials, [[0], [1]], falls=False).number == 4
    assert best_setting(trials[:3], [[0], [1]], falls=False).number == 3


@pytest.mark.parametrize("nothing", [None, math.inf, -math.inf, math.nan])
def test_what_is_not_finite_is_not_the_best(nothing):
    trials = [trial(0, [nothing, nothing]), trial(1, [nothing, 0.1]), trial(2, [0.9, 0.9]), trial(3, [nothing], [1])]
    for falls in (True, False):
        assert best_setting(trials[:3], [[0], [1]], falls).number == 2
        assert best_setting(trials, [[0], [1]], falls).number == 2
        assert best_setting(trials[:1], [[0], [1]], falls) is None
        assert best_setting(trials[::3], [[0], [1]], falls) is None
    assert best_setting([], THREE, True) is None


def test_the_seeds_of_a_fold_are_one_value():
    table = fold_objectives([trial(0, [0.1, 0.5, 0.9, 0.5]), trial(1, [0.4, 0.6, 0.4, None])], [[0, 2], [1, 3]])
    np.testing.assert_allclose(table, [[0.5, 0.5], [0.4, np.nan]])


def test_trials_of_different_folds_are_compared_by_what_they_gain_in_their_folds():
    trials = [trial(0, [0.5, 5.0, 50.0])]
    trials += [trial(1, [0.4], [0]), trial(2, [0.3], [0]), trial(3, [4.6], [1]), trial(4, [51.0], [2])]
    # medians 0.4, 4.8, 50.5: what is above them is of trials 0 to 4 (0.1, 0.2, -0.5), 0, -0.1, -0.2 and 0.5
    np.testing.assert_allclose(level_means(trials, THREE), [-0.2 / 3, 0.0, -0.1, -0.2, 0.5])
    assert best_setting(trials, THREE, True).number == 3
    assert best_setting(trials, THREE, False).number == 4


def test_the_best_setting_is_that_of_a_plain_loop_over_random_searches():
    draw = np.random.default_rng(0)
    for _ in range(50):
        table = draw.integers(0, 4, size=(6, 4)).astype(float)
        trials = [trial(row, list(values)) for row, values in enumerate(table)]
        trials += [trial(6, [None, 0.0, 0.0, 0.0])]
        means = [(row.mean(), number) for number, row in enumerate(table)]
        assert best_setting(trials, [[0], [1], [2], [3]], True).number == min(means)[1]
        np.testing.assert_allclose(level_means(trials, [[0], [1], [2], [3]]), [*(row.mean() for row in table), np.nan])


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
    rate = Axis(low=1e-4, high=1e-2, log=True)
    space = {
        "optimizer.name": Axis(choices=("adam", "sgd")),
        "optimizer.momentum": Axis(low=0.0, high=0.9, when={"optimizer.name": "sgd"}),
        "optimizer.learning_rate": rate,
    }
    known = dimensions(study_of(space=space, objective="loss"))
    trials = [trial(0, [1.0]), trial(1, [1.0], values={"seed": 3})]
    written = as_written(Study(), known, trials)
    assert sorted(written) == sorted([*space, "seed"])
    usual = {"optimizer.name": "adam", "optimizer.learning_rate": 0.001, "seed": 0}
    assert setting_of(trial(0, [1.0]), written, known) == usual
    of_sgd = {"optimizer.name": "sgd", "optimizer.momentum": 0.5}
    assert setting_of(trial(1, [1.0], values=of_sgd), written, known) == usual | of_sgd
