import numpy as np
import pytest
from sklearn import metrics

from evaluation.dealing import Deal, dealt_metrics
from evaluation.metrics import METRICS

STARTS, ENDS = np.array([0, 30, 70]), [30, 70, 100]


@pytest.fixture
def ordered():
    """Two deals of 100 rows into three folds, each fold in the order of its scores: places, scores, positives."""
    rng = np.random.default_rng(0)
    scores, positive = rng.normal(size=100), rng.random(100) < 0.4
    places = np.array([rng.permutation(100) for _ in range(2)])
    for deal in places:
        for start, end in zip(STARTS, ENDS, strict=True):
            deal[start:end] = deal[start:end][np.argsort(-scores[deal[start:end]])]
    return places, scores, positive


def test_areas_of_dealt_folds_are_those_of_scikit_learn(ordered):
    places, scores, positive = ordered
    auroc, average_precision = Deal(places, STARTS).areas(positive)
    for deal, rows in enumerate(places):
        for fold, (start, end) in enumerate(zip(STARTS, ENDS, strict=True)):
            mine = rows[start:end]
            assert auroc[deal, fold] == pytest.approx(metrics.roc_auc_score(positive[mine], scores[mine]))
            expected = metrics.average_precision_score(positive[mine], scores[mine])
            assert average_precision[deal, fold] == pytest.approx(expected)


def test_sums_are_taken_fold_by_fold(ordered):
    places, scores, _ = ordered
    expected = [[scores[rows[start:end]].sum() for start, end in zip(STARTS, ENDS, strict=True)] for rows in places]
    np.testing.assert_allclose(Deal(places, STARTS).sums(scores), expected)


@pytest.mark.parametrize("task", METRICS)
def test_folds_that_were_dealt_at_random_look_like_folds_dealt_at_random(imagine, judged, task):
    """Every metric has a value for each fold, and the folds of the study, dealt at random, are none of the extremes."""
    predictions, fits = imagine(task, folds=5, repeats=2, rows=400)
    scored, summary = predictions.of_role("scored"), judged(predictions, fits)
    dealt = dealt_metrics(scored, np.zeros(len(scored.row)))
    assert set(dealt) == set(METRICS[task])
    for name, values in dealt.items():
        own = [fold["scored"][name] for fold in summary["folds"]]
        assert values.shape == (500, 10)
        assert np.isfinite(values).all()
        assert values.mean() == pytest.approx(np.mean(own), abs=4 * values.std() / np.sqrt(10))
        assert values.std() == pytest.approx(np.std(own, ddof=1), rel=0.7)


@pytest.mark.parametrize("rare", [0.7, 2.5, 3.7])
def test_a_fold_of_equal_targets_has_no_r2(imagine, rare):
    """Nearly all targets are one number, so most folds hold nothing else; rounding made that an R2 of -1e15."""
    predictions, _ = imagine("regression", folds=5, rows=200)
    predictions.target[:] = np.where(predictions.row % 50 == 49, rare, 0.1)
    scored = predictions.of_role("scored")
    r2 = dealt_metrics(scored, np.zeros(len(scored.row)))["r2"]
    assert np.isnan(r2).any()
    assert np.nanmin(r2) > -1e4


def test_a_deal_keeps_the_size_of_each_fold_and_its_share_of_each_class(imagine):
    """The recall and the specificity of rows that are all called positive are then the same in every deal."""
    predictions, _ = imagine(folds=5, rows=200)
    predictions.logits[:] = 5.0
    scored = predictions.of_role("scored")
    dealt = dealt_metrics(scored, np.zeros(len(scored.row)))
    shares = [np.mean(scored.target[scored.fold == fold]) for fold in range(5)]
    np.testing.assert_allclose(dealt["precision"], np.tile(shares, (500, 1)))
    assert (dealt["recall"] == 1).all()
