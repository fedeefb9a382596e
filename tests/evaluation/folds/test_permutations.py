import numpy as np
import pytest
from scipy.stats import norm
from sklearn import metrics

from evaluation.folds.null_distribution import permutation_limits
from evaluation.folds.permutations import PermutedFolds, permuted_metrics
from evaluation.judging.catalogue import METRICS

STARTS, ENDS = np.array([0, 30, 70]), [30, 70, 100]


@pytest.fixture
def ordered():
    """Two permutations of 100 rows over three folds, each in the order of its scores: places, scores, positives."""
    rng = np.random.default_rng(0)
    scores, positive = rng.normal(size=100), rng.random(100) < 0.4
    places = np.array([rng.permutation(100) for _ in range(2)])
    for number in places:
        for start, end in zip(STARTS, ENDS, strict=True):
            number[start:end] = number[start:end][np.argsort(-scores[number[start:end]])]
    return places, scores, positive


def test_areas_of_permuted_folds_are_those_of_scikit_learn(ordered):
    places, scores, positive = ordered
    auroc, average_precision = PermutedFolds(places, STARTS).areas(positive)
    for number, rows in enumerate(places):
        for fold, (start, end) in enumerate(zip(STARTS, ENDS, strict=True)):
            mine = rows[start:end]
            assert auroc[number, fold] == pytest.approx(metrics.roc_auc_score(positive[mine], scores[mine]))
            expected = metrics.average_precision_score(positive[mine], scores[mine])
            assert average_precision[number, fold] == pytest.approx(expected)


def test_sums_are_taken_fold_by_fold(ordered):
    places, scores, _ = ordered
    expected = [[scores[rows[start:end]].sum() for start, end in zip(STARTS, ENDS, strict=True)] for rows in places]
    np.testing.assert_allclose(PermutedFolds(places, STARTS).sums(scores), expected)


@pytest.mark.parametrize("task", METRICS)
def test_folds_that_were_permuted_look_like_folds_of_random_rows(imagine, judged, task):
    """Every metric has a value for each fold, and the folds of the study are none of the extremes."""
    predictions, fits = imagine(task, folds=5, repeats=2, rows=400)
    scored, summary = predictions.of_role("scored"), judged(predictions, fits)
    permuted, share = permuted_metrics(scored, np.zeros(len(scored.row)))
    assert share == 1
    assert set(permuted) == set(METRICS[task])
    for name, values in permuted.items():
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
    r2 = permuted_metrics(scored, np.zeros(len(scored.row)))[0]["r2"]
    assert np.isnan(r2).any()
    assert np.nanmin(r2) > -1e4


def test_a_permutation_keeps_the_size_of_each_fold_and_its_share_of_each_class(imagine):
    """The recall and the specificity of rows that are all predicted positive are then the same in every permutation."""
    predictions, _ = imagine(folds=5, rows=200)
    predictions.logits[:] = 5.0
    scored = predictions.of_role("scored")
    permuted, _ = permuted_metrics(scored, np.zeros(len(scored.row)))
    shares = [np.mean(scored.target[scored.fold == fold]) for fold in range(5)]
    np.testing.assert_allclose(permuted["precision"], np.tile(shares, (500, 1)))
    assert (permuted["recall"] == 1).all()


@pytest.mark.parametrize("task", METRICS)
@pytest.mark.parametrize(("part", "permutations", "share"), [(0.8, 400, 1.0), (0.1, 200, 0.25)])
def test_of_a_large_study_less_is_permuted_and_the_limit_hardly_changes(
    imagine, monkeypatch, task, part, permutations, share
):
    """First it has fewer permutations, then without a part of its rows: here of folds of 200 and of 50 rows."""
    scored = imagine(task, folds=5, repeats=2, rows=1020)[0].of_role("scored")
    rankings, cuts = len(scored.classes) if task == "multiclass" else 1, np.zeros(len(scored.row))
    whole = permutation_limits(*permuted_metrics(scored, cuts))
    monkeypatch.setattr("evaluation.folds.permutations.CELLS", int(part * 500 * len(scored.row) * rankings))
    permuted, permuted_share = permuted_metrics(scored, cuts)
    assert permuted_share == share
    assert {values.shape for values in permuted.values()} == {(permutations, 10)}
    assert permutation_limits(permuted, share) == pytest.approx(whole, rel=0.25)


@pytest.mark.parametrize("cells", [10**9, 10**5])
def test_right_answers_of_a_large_study_lie_as_far_apart_as_coins_do(imagine, monkeypatch, cells):
    """Ten folds of 2,000 rows, of which 50 are permuted where there is no time for more: binomial, if normal."""
    monkeypatch.setattr("evaluation.folds.permutations.CELLS", cells)
    scored = imagine(folds=10, rows=20_020)[0].of_role("scored")
    permuted, share = permuted_metrics(scored, np.zeros(len(scored.row)))
    right = np.mean((scored.logits[:, 0] >= 0) == scored.target)
    deviation = np.sqrt(right * (1 - right) / 2_000 * 0.9)  # the tenth fold follows from the others
    farthest = norm.isf((1 - 0.95 ** (1 / 10)) / 2) * deviation
    assert permutation_limits({"accuracy": permuted["accuracy"]}, share)["accuracy"] == pytest.approx(
        farthest, rel=0.15
    )


def test_many_folds_of_a_large_study_keep_rows_enough_for_a_metric(imagine, monkeypatch):
    monkeypatch.setattr("evaluation.folds.permutations.CELLS", 1)
    scored = imagine("multiclass", folds=5, repeats=3, rows=520)[0].of_role("scored")
    permuted, share = permuted_metrics(scored, np.zeros(len(scored.row)))
    assert share == 0.5  # of folds of 100 rows
    assert all(np.isfinite(values).all() for values in permuted.values())
