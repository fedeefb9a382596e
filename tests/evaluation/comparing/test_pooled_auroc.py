from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from evaluation.comparing.paired_delong import pooled_auroc_test
from evaluation.predictions import Predictions


def another(scored: Predictions, noise: float) -> Predictions:
    """A worse net on the same rows."""
    draw = np.random.default_rng(5).normal(size=scored.logits.shape)
    return replace(scored, logits=(scored.logits + noise * draw).astype(np.float32))


def kernel(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Mann-Whitney's kernel of every pair of a positive and a negative row, `(positives, negatives)`."""
    difference = scores[targets == 1][:, None] - scores[targets == 0][None, :]
    return (difference > 0) + 0.5 * (difference == 0)


@pytest.fixture
def pair(imagine) -> tuple[Predictions, Predictions]:
    scored = imagine("binary", rows=120)[0].of_role("scored")
    return scored, another(scored, 1.5)


def test_it_is_delongs_test_written_out_over_all_pairs_of_rows(pair):
    one, other = pair
    order = np.argsort(one.row)
    targets = one.target[order]
    difference = kernel(one.logits[order, 0], targets) - kernel(other.logits[order, 0], targets)
    positives, negatives = difference.shape
    variance = difference.mean(axis=1).var(ddof=1) / positives + difference.mean(axis=0).var(ddof=1) / negatives
    found = pooled_auroc_test(one, other)
    assert found.difference == pytest.approx(difference.mean())
    assert found.p == pytest.approx(2 * norm.sf(abs(difference.mean()) / np.sqrt(variance)))
    assert (found.low, found.high) == pytest.approx(norm.interval(0.95, difference.mean(), np.sqrt(variance)))


def test_the_difference_is_that_of_scikit_learns_areas_whatever_the_order_of_the_rows(pair):
    one, other = pair
    areas = [roc_auc_score(scored.target, scored.logits[:, 0]) for scored in pair]
    shuffled = other.select_at(np.random.default_rng(0).permutation(len(other.row)))
    assert pooled_auroc_test(one, shuffled).difference == pytest.approx(areas[0] - areas[1])


def test_its_interval_is_as_wide_as_what_bootstrapped_rows_do(pair):
    """Rows drawn anew, class by class: the spread of the difference of two areas."""
    one, other = pair
    order, rng = np.argsort(one.row), np.random.default_rng(2)
    targets, there = one.target[order], np.argsort(other.row)
    classes = [np.flatnonzero(targets == label) for label in (0, 1)]
    drawn = []
    for _ in range(800):
        rows = np.concatenate([rng.choice(own, len(own)) for own in classes])
        areas = [
            roc_auc_score(targets[rows], scored.logits[places, 0][rows])
            for scored, places in ((one, order), (other, there))
        ]
        drawn.append(areas[0] - areas[1])
    found = pooled_auroc_test(one, other)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.15)


def test_repeats_of_the_same_rows_add_no_certainty_but_average_the_nets(imagine):
    """The same net in both repeats: exactly the test of one repeat."""
    scored = imagine("binary")[0].of_role("scored")
    worse = another(scored, 1.5)
    twice = [
        replace(
            one,
            **{
                name: np.concatenate([getattr(one, name)] * 2)
                for name in ("row", "fold", "seed", "role", "target", "logits")
            },
            repeat=np.repeat(np.array([0, 1], np.int32), len(one.row)),
        )
        for one in (scored, worse)
    ]
    assert pooled_auroc_test(*twice)[:4] == pytest.approx(pooled_auroc_test(scored, worse)[:4])


def test_equal_predictions_are_certain_to_be_equal(pair):
    assert tuple(pooled_auroc_test(pair[0], pair[0])) == (0.0, 0.0, 0.0, 1.0, "")


def test_a_prediction_that_is_not_finite_has_no_area(pair):
    pair[1].logits[3] = np.nan
    test = pooled_auroc_test(*pair)
    assert np.isnan(test[:4]).all()
    assert test.reason == "a prediction is not finite"


def test_rows_of_groups_are_compared_group_by_group(pair):
    """Every row three times, as visits of a patient: the difference and its interval are those of the patients."""
    table_rows = 1 + max(pair[0].row)
    visits = [one.select_at(np.repeat(np.arange(len(one.row)), 3)) for one in pair]
    for one in visits:
        one.row[:] = 3 * one.row + np.tile(np.arange(3), len(one.row) // 3)
    patients = np.repeat(np.arange(table_rows), 3).astype(np.int32)
    assert pooled_auroc_test(*visits, patients)[:4] == pytest.approx(pooled_auroc_test(*pair)[:4], rel=1e-6)
    assert pooled_auroc_test(*visits).p < pooled_auroc_test(*pair).p
