"""The corrected interval against SciPy's, and by how often it holds the truth."""

import numpy as np
import pytest
from scipy import stats

from evaluation.intervals.bca import acceleration, bca_interval
from evaluation.intervals.bootstrap import leave_out, percentile_interval, resample
from evaluation.intervals.resampled import resampled_metrics


def losses(size: int, seed: int) -> np.ndarray:
    """Cross entropies as a good network has them: nearly all small, some large."""
    return np.logaddexp(0.0, -np.random.default_rng(seed).normal(3.0, 2.5, size))


def test_it_is_that_of_scipy():
    every = losses(100, 0)
    known = stats.bootstrap([every], np.mean, method="BCa", n_resamples=20_000, rng=1)
    values = resample(lambda counts: counts @ every[:, None] / 100, np.arange(100), 20_000)[:, 0]
    found = bca_interval(values, every.mean(), (every.sum() - every) / 99)
    assert found == pytest.approx(tuple(known.confidence_interval), abs=0.01)
    assert found[1] > percentile_interval(values)[1] + 0.01


def test_it_holds_the_truth_of_few_skewed_rows_more_often_than_the_middle_of_the_resamples():
    truth, held = losses(400_000, 99).mean(), np.zeros(2)
    for seed in range(300):
        mine = losses(50, seed)
        values = resample(lambda counts, mine=mine: counts @ mine[:, None] / 50, np.arange(50), 1_000)[:, 0]
        left_out = (mine.sum() - mine) / 49
        found = bca_interval(values, mine.mean(), left_out), percentile_interval(values)
        held += [low <= truth <= high for low, high in found]
    assert held[0] / 300 > 0.9
    assert held[0] > held[1]


def test_a_symmetric_metric_is_not_accelerated():
    assert acceleration(np.array([-1.0, 0.0, 1.0])) == 0.0
    assert acceleration(np.ones(5)) == 0.0


@pytest.mark.parametrize("estimate", [-1.0, 2.0])
def test_an_estimate_beyond_every_resample_or_an_undefined_one_has_none(estimate):
    values = np.linspace(0, 1, 100)
    assert bca_interval(values, estimate, np.arange(5.0)) is None
    assert bca_interval(values, 0.5, np.array([0.1, np.nan])) is None


@pytest.mark.parametrize("units", [np.arange(120), np.arange(120) // 7], ids=["rows", "groups"])
def test_each_unit_is_left_out_in_turn(units):
    targets = np.arange(120) % 2
    logits = (np.random.default_rng(0).normal(size=120) + targets)[:, None]
    metrics = resampled_metrics(logits, targets, "binary")
    values = leave_out(lambda counts: metrics(counts)["accuracy"][:, None], units)[:, 0]
    right = (logits[:, 0] >= 0) == targets
    np.testing.assert_allclose(values, [right[units != unit].mean() for unit in range(units.max() + 1)])
