"""Winners of a search, by hand-worked objectives."""

import math

import pytest

from configs.member import Member
from evaluation.search.trial import Trial
from evaluation.search.winners import outer_folds, winners

FOLDS = tuple(Member(0, 0, fold) for fold in range(3))
SEEDS = tuple(Member(seed, 0, fold) for seed in (0, 1) for fold in range(2))


def trial(number, *objective, members=None):
    members = tuple(range(len(objective))) if members is None else members
    some = (0,) * len(objective)
    return Trial(number, {}, members, 0, "done", "", objective, some, some, 1, 0.0, {})


def test_each_fold_chooses_by_its_own_validation_rows_and_a_plain_search_by_the_mean():
    trials = [trial(0, 0.3, 0.1, 0.5), trial(1, 0.1, 0.4, 0.1), trial(2, 0.2, 0.2, 0.3)]
    assert winners(trials, FOLDS, "nested", falls=True) == [1, 0, 1]
    assert winners(trials, FOLDS, "plain", falls=True) == [1, 1, 1]
    assert winners(trials, FOLDS, "nested", falls=False) == [0, 1, 0]


def test_a_trial_of_one_fold_is_a_candidate_there_alone():
    trials = [trial(0, 0.3, 0.3, 0.3), trial(1, 0.1, members=(1,)), trial(2, 0.2, members=(2,))]
    assert winners(trials, FOLDS, "nested", falls=True) == [0, 1, 2]
    assert winners(trials, FOLDS, "plain", falls=True) == [0, 0, 0]


def test_of_equal_trials_the_first_wins():
    assert winners([trial(1, 0.2, 0.2, 0.2), trial(0, 0.2, 0.2, 0.2)], FOLDS, "nested", falls=True) == [0, 0, 0]


@pytest.mark.parametrize("broken", [None, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("falls", [True, False])
def test_what_is_not_finite_never_wins(broken, falls):
    trials = [trial(0, broken, broken, broken), trial(1, 0.5, broken, 0.5), trial(2, 0.4, broken, 0.6)]
    best = [2, None, 1] if falls else [1, None, 2]
    assert winners(trials, FOLDS, "nested", falls) == best
    assert winners(trials, FOLDS, "plain", falls) == [1, 1, 1]


def test_a_trial_that_failed_on_a_fold_is_behind_every_whole_one():
    trials = [trial(0, 0.1, None, 0.1), trial(1, 0.9, 0.9, 0.9)]
    assert winners(trials, FOLDS, "plain", falls=True) == [1, 1, 1]
    assert winners(trials, FOLDS, "nested", falls=True) == [0, 1, 0]


def test_the_seeds_of_a_fold_choose_together():
    assert outer_folds(SEEDS) == [(0, 2), (1, 3)]
    trials = [trial(0, 0.1, 0.1, 0.9, 0.1), trial(1, 0.4, 0.2, 0.4, 0.2)]
    assert winners(trials, SEEDS, "nested", falls=True) == [1, 0, 1, 0]
