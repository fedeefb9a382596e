"""Rounding parts two trainings slowly; code that differs parts them at once, or in a jump."""

import numpy as np
import pytest

from evaluation.training_curves.divergence import APART, divergence, loss_gaps

KEYS = [[0, 0, fold, 0] for fold in range(5)]
FALLING = 0.7 * 0.98 ** np.arange(100)


def history(losses):
    """Lines of five folds that share the `losses` `(epochs,)`; nan is kept as null."""
    values = [None if np.isnan(loss) else float(loss) for loss in losses]
    return [{"epoch": e, "members": KEYS, "train_loss": [loss] * 5} for e, loss in enumerate(values)]


def parted(gaps):
    """Two histories whose losses are `gaps` `(epochs,)` apart, as a share of the larger one."""
    return history(FALLING[: len(gaps)]), history(FALLING[: len(gaps)] * (1 - np.asarray(gaps)))


def test_the_gap_is_a_share_of_the_larger_loss():
    gaps = loss_gaps(*parted([1e-6, 0.25]))
    assert gaps == {0: pytest.approx(1e-6), 1: pytest.approx(0.25)}


def test_another_loss_parts_the_first_epoch():
    assert divergence(*parted(np.full(100, 0.3)), 17).epoch == 0


def test_a_schedule_that_sets_in_later_is_found_where_it_sets_in():
    gaps = np.full(100, 1e-6)
    gaps[60:] = 0.02
    assert divergence(*parted(gaps), 17).epoch == 60


def test_rounding_that_grows_for_thousands_of_steps_is_rounding():
    gaps = np.geomspace(1e-7, 5e-3, 100)  # two decades take 43 epochs, which are 720 steps
    found = divergence(*parted(gaps), 17)
    assert found.epoch is None
    assert found.gap == pytest.approx(5e-3)


def test_a_single_fold_that_differs_does_not_speak_for_all():
    one, other = parted(np.full(20, 1e-7))
    other[3]["train_loss"] = [0.9, *other[3]["train_loss"][1:]]
    assert divergence(one, other, 17).epoch is None


def test_the_last_folds_to_train_do_not_speak_for_those_that_have_stopped():
    one, other = parted(np.full(100, 1e-7))
    for epoch in range(60, 100):
        for history, loss in ((one, 0.01), (other, 0.02)):
            history[epoch] = {"epoch": epoch, "members": KEYS[:2], "train_loss": [loss] * 2}
    assert divergence(one, other, 17).epoch is None


@pytest.mark.parametrize(("epoch", "found"), [(5, 5), (60, None)])
def test_a_single_fold_speaks_for_the_code_only_at_its_start(epoch, found):
    gaps = np.full(100, 1e-7)
    gaps[epoch:] = 0.02
    alone = [[{**line, "members": KEYS[:1], "train_loss": line["train_loss"][:1]} for line in h] for h in parted(gaps)]
    assert divergence(*alone, 17).epoch == found


def test_folds_that_diverge_in_one_framework_alone_are_infinitely_far_apart():
    losses = FALLING.copy()
    losses[10:] = np.nan
    assert divergence(history(FALLING), history(losses), 17) == (10, np.inf)
    assert divergence(history(losses), history(losses), 17) == (None, 0.0)


def test_a_loss_near_zero_is_compared_with_the_first_one():
    tiny = np.r_[1.0, np.full(50, 1e-9)]
    assert divergence(history(tiny), history(np.r_[1.0, np.full(50, 2e-9)]), 17).gap < APART


def test_epochs_that_one_framework_alone_has_say_nothing():
    one, other = parted(np.full(50, 1e-7))
    assert divergence(one, other[:20], 17) == divergence(one[:20], other[:20], 17)
    assert divergence(one, [], 17) == (None, 0.0)
