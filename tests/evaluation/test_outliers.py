import numpy as np
import pytest
from scipy import stats

from evaluation.cuts import Cuts
from evaluation.outliers import modified_z, outliers

VALUES = np.array([0.91, 0.93, 0.92, 0.95, 0.60, 0.94, 0.90])


def cuts_of(fits) -> Cuts:
    return Cuts([(fit.seed, fit.repeat, fit.fold) for fit in fits], np.zeros(len(fits)), {})


def test_the_deviation_is_scipys_median_absolute_deviation():
    expected = (VALUES - np.median(VALUES)) / stats.median_abs_deviation(VALUES, scale="normal")
    assert modified_z(VALUES) == pytest.approx(expected, rel=1e-4)  # 1.4826 is rounded


def test_more_than_half_equal_values_are_measured_by_the_mean_absolute_deviation():
    values = np.array([1.0, 1.0, 1.0, 1.0, 0.9])
    assert modified_z(values)[4] == pytest.approx(-0.1 / (1.253314 * 0.02))
    assert modified_z(np.ones(5)).tolist() == [0.0] * 5


def test_an_undefined_fold_neither_counts_nor_is_odd():
    values = np.append(VALUES, np.nan)
    assert modified_z(values)[:-1] == pytest.approx(modified_z(VALUES))
    assert np.isnan(modified_z(values)[-1])


def test_a_broken_fold_is_found_and_its_worst_rows_are_blamed(imagine, judged):
    predictions, fits = imagine(folds=8, rows=500)
    place = np.flatnonzero((predictions.fold == 3) & (predictions.role == "scored"))
    predictions.logits[place] *= -1
    predictions.logits[place[7]] = -30 * (2 * predictions.target[place[7]] - 1)
    found = judged(predictions, fits)["outliers"]
    assert found[0]["fold"] == 3
    loss = next(one for one in found if one["metric"] == "loss")
    assert loss["deviations"] > 3.5
    assert loss["value"] > loss["median"]
    assert loss["rows"][0]["row"] == predictions.row[place[7]]
    assert [row["loss"] for row in loss["rows"]] == sorted((row["loss"] for row in loss["rows"]), reverse=True)
    assert set(loss["rows"][0]) == {"row", "target", "prediction", "probability", "loss"}
    assert [abs(one["deviations"]) for one in found] == sorted((abs(one["deviations"]) for one in found), reverse=True)


def test_a_fold_that_is_oddly_good_has_no_rows_to_blame(imagine, judged):
    predictions, fits = imagine(folds=8, rows=500)
    mine = (predictions.fold == 3) & (predictions.role == "scored")
    predictions.logits[mine] = 20.0 * (2 * predictions.target[mine][:, None] - 1)
    found = judged(predictions, fits)["outliers"]
    assert found
    assert {one["fold"] for one in found} == {3}
    assert all(one["rows"] == [] for one in found)


def test_few_folds_and_folds_of_one_row_have_no_outliers(imagine, judged):
    for shape in ({"folds": 4}, {"folds": 80}, {"folds": 1}):
        predictions, fits = imagine(**shape)
        predictions.logits[predictions.fold == 0] *= -20
        assert judged(predictions, fits)["outliers"] == []


def test_a_metric_that_too_few_folds_have_is_passed_over(imagine):
    predictions, fits = imagine(folds=6)
    folds = [
        {"seed": 0, "repeat": 0, "fold": fit.fold, "scored": dict.fromkeys(["loss", "auroc"], float("nan"))}
        for fit in fits
    ]
    for fold in folds:
        fold["scored"] |= dict.fromkeys(
            ["average_precision", "f1", "precision", "recall", "specificity", "accuracy", "brier"], float("nan")
        )
    assert outliers(folds, predictions.of_role("scored"), cuts_of(fits)) == []
