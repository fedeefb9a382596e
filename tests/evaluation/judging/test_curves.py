import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from evaluation.folds.fold_curves import base_rate, precision_recall_curves, roc_curves
from evaluation.folds.names import fold_names
from evaluation.judging.curves import macro_roc_curve, precision_at, precision_recall_curve, roc_curve

NAMES = fold_names((0, 0, fold) for fold in range(80))


def scores_and_targets() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    targets = rng.integers(0, 2, 120)
    return np.round(targets + rng.normal(size=120), 1), targets


def area_of_steps(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sum(np.diff(x) * y[1:]))


def test_the_roc_curve_is_that_of_scikit_learn():
    scores, targets = scores_and_targets()
    false, true, _ = sklearn_metrics.roc_curve(targets, scores, drop_intermediate=False)
    np.testing.assert_allclose(roc_curve(scores, targets), (false, true), rtol=1e-12)


def test_the_precision_recall_curve_is_that_of_scikit_learn():
    scores, targets = scores_and_targets()
    precision, recall, _ = sklearn_metrics.precision_recall_curve(targets, scores)
    np.testing.assert_allclose(precision_recall_curve(scores, targets), (recall[-2::-1], precision[-2::-1]), rtol=1e-12)


def test_precision_at_a_recall_is_that_of_the_first_threshold_which_reaches_it():
    recall, precision = np.array([0.5, 0.5, 1.0]), np.array([1.0, 0.5, 0.6])
    np.testing.assert_array_equal(precision_at(np.array([0.0, 0.5, 0.6, 1.0]), recall, precision), [1.0, 1.0, 0.6, 0.6])


def test_the_area_below_the_macro_curve_is_the_mean_area():
    curves = [roc_curve(*scores_and_targets()), roc_curve(np.array([3.0, 2.0, 1.0]), np.array([0, 1, 1]))]
    mean = np.mean([np.trapezoid(true, false) for false, true in curves])
    false, true = macro_roc_curve(curves)
    assert np.trapezoid(true, false) == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_every_drawn_curve_has_the_area_that_it_states(imagine, task):
    predictions, fits = imagine(task)
    scored = predictions.of_role("scored")
    rocs, precisions = roc_curves(scored, NAMES), precision_recall_curves(scored, NAMES)
    assert len(rocs) == len(precisions) == len(fits)
    assert [curve.name for curve in rocs] == ["fold_00", "fold_01", "fold_02", "fold_03"]
    for curve in rocs:
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=1e-12)
    for curve in precisions:
        assert area_of_steps(curve.x, curve.y) == pytest.approx(curve.area, abs=1e-12)


def test_a_drawn_precision_recall_curve_starts_at_recall_0_and_has_no_spikes(imagine):
    predictions = imagine("binary", folds=2)[0].of_role("scored")
    few = predictions.select(np.isin(np.arange(len(predictions.row)), np.arange(5)))
    few.logits[:, 0], few.target[:] = [5, 4, 3, 2, 1], [0, 1, 0, 1, 0]
    [curve] = precision_recall_curves(few, NAMES)
    assert curve.x.tolist() == [0.0, 0.5, 1.0]
    assert curve.y.tolist() == [0.5, 0.5, 0.5]
    few.target[:] = [1, 0, 0, 1, 0]
    [curve] = precision_recall_curves(few, NAMES)
    assert curve.y.tolist() == [1.0, 1.0, 0.5]


def test_the_stated_area_is_scikit_learns_for_each_fold(imagine):
    scored = imagine("binary")[0].of_role("scored")
    for curve, key in zip(roc_curves(scored, NAMES), scored.members(), strict=True):
        mine = scored.of_member(*key)
        assert curve.area == pytest.approx(sklearn_metrics.roc_auc_score(mine.target, mine.logits[:, 0]), abs=1e-12)


@pytest.mark.parametrize("curves_of", [roc_curves, precision_recall_curves])
def test_one_row_per_fold_gives_one_pooled_curve(imagine, curves_of):
    scored = imagine("multiclass", folds=80)[0].of_role("scored")
    assert [curve.name for curve in curves_of(scored, NAMES)] == [""]


@pytest.mark.parametrize("curves_of", [roc_curves, precision_recall_curves])
def test_without_positives_there_is_no_curve(imagine, curves_of):
    scored = imagine("binary")[0].of_role("scored")
    assert curves_of(scored.select(scored.target == 0), NAMES) == []


def test_the_base_rate_is_the_share_of_positives(imagine):
    scored = imagine("binary")[0].of_role("scored")
    assert base_rate(scored) == np.mean(scored.target == 1)
    assert base_rate(imagine("multiclass")[0]) == 1 / 3
