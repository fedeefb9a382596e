import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from evaluation.judging.catalogue import METRICS, per_class
from evaluation.judging.classification import confusion_matrix, decisions
from evaluation.judging.curves import average_precision, roc_auc
from evaluation.judging.judge import judge
from evaluation.judging.probabilities import probabilities

CLASSES = ("benign", "malignant")
THREE = ("a", "b", "c")


def patients(tn: int, fp: int, fn: int, tp: int) -> tuple[np.ndarray, np.ndarray]:
    logits = np.repeat([-1.0, 1.0, -1.0, 1.0], [tn, fp, fn, tp])
    return logits[:, None], np.repeat([0, 0, 1, 1], [tn, fp, fn, tp])


def scores_and_targets(squeeze: float = 1.0, rows: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 2, rows)
    return np.round(targets + rng.normal(size=rows), 1) * squeeze, targets  # rounded: many ties


def test_the_165_patients_are_judged_as_by_hand():
    logits, targets = patients(tn=50, fp=10, fn=5, tp=100)
    scores = judge(logits, targets, "binary", CLASSES)
    assert scores["accuracy"] == pytest.approx(150 / 165, abs=1e-15)
    assert scores["precision"] == pytest.approx(100 / 110, abs=1e-15)
    assert scores["recall"] == pytest.approx(100 / 105, abs=1e-15)
    assert scores["specificity"] == pytest.approx(50 / 60, abs=1e-15)
    assert scores["f1"] == pytest.approx(200 / 215, abs=1e-15)
    assert scores["auroc"] == pytest.approx((100 / 105 + 50 / 60) / 2, abs=1e-15)
    assert confusion_matrix(decisions(logits, "binary"), targets, 2).tolist() == [[50, 10], [5, 100]]
    assert "reasons" not in scores


def test_auroc_counts_a_tie_as_one_half():
    assert roc_auc(np.array([1.0, 1.0]), np.array([0, 1])) == 0.5
    assert roc_auc(np.array([0.0, 1.0, 1.0, 2.0]), np.array([0, 0, 1, 1])) == 3.5 / 4
    assert roc_auc(np.array([2.0, 1.0]), np.array([0, 1])) == 0.0


@pytest.mark.parametrize("squeeze", [1.0, 1e-3, 1e-12], ids=lambda s: f"scores x {s:g}")
def test_ranking_metrics_agree_with_scikit_learn_however_the_scores_are_squeezed(squeeze):
    scores, targets = scores_and_targets(squeeze)
    assert roc_auc(scores, targets) == pytest.approx(sklearn_metrics.roc_auc_score(targets, scores), abs=1e-12)
    expected = sklearn_metrics.average_precision_score(targets, scores)
    assert average_precision(scores, targets) == pytest.approx(expected, abs=1e-12)


def test_auroc_of_a_sure_net_is_that_of_its_logits_although_every_probability_rounds_to_one():
    scores, targets = scores_and_targets()
    sure = scores[:, None] + 60.0
    assert len(np.unique(probabilities(sure, "binary"))) == 1
    assert judge(sure, targets, "binary")["auroc"] == roc_auc(scores, targets)


def test_binary_metrics_agree_with_scikit_learn():
    logits, targets = scores_and_targets()
    scores, chances, given = judge(logits[:, None], targets, "binary", CLASSES), 1 / (1 + np.exp(-logits)), logits >= 0
    expected = {
        "loss": sklearn_metrics.log_loss(targets, chances),
        "auroc": sklearn_metrics.roc_auc_score(targets, logits),
        "average_precision": sklearn_metrics.average_precision_score(targets, logits),
        "f1": sklearn_metrics.f1_score(targets, given),
        "precision": sklearn_metrics.precision_score(targets, given),
        "recall": sklearn_metrics.recall_score(targets, given),
        "specificity": sklearn_metrics.recall_score(targets, given, pos_label=0),
        "accuracy": sklearn_metrics.accuracy_score(targets, given),
        "brier": sklearn_metrics.brier_score_loss(targets, chances),
    }
    assert scores == pytest.approx(expected, abs=1e-12)


def test_multiclass_metrics_are_the_macro_means_of_scikit_learn():
    rng = np.random.default_rng(5)
    targets = rng.integers(0, 3, 300)
    logits = np.eye(3)[targets] + rng.normal(size=(300, 3))
    scores, chances, given = (
        judge(logits, targets, "multiclass", THREE),
        probabilities(logits, "multiclass"),
        logits.argmax(1),
    )
    truth = np.eye(3)[targets]
    expected = {
        "loss": sklearn_metrics.log_loss(targets, chances),
        "auroc": sklearn_metrics.roc_auc_score(targets, chances, multi_class="ovr"),
        "average_precision": sklearn_metrics.average_precision_score(truth, chances, average="macro"),
        "f1": sklearn_metrics.f1_score(targets, given, average="macro"),
        "precision": sklearn_metrics.precision_score(targets, given, average="macro"),
        "recall": sklearn_metrics.recall_score(targets, given, average="macro"),
        "accuracy": sklearn_metrics.accuracy_score(targets, given),
        "brier": sklearn_metrics.brier_score_loss(targets, chances),
    }
    assert {name: scores[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    assert [scores["per_class"][name]["recall"] for name in THREE] == pytest.approx(
        sklearn_metrics.recall_score(targets, given, average=None), abs=1e-12
    )
    for metric in per_class(METRICS["multiclass"]):
        assert scores[metric] == pytest.approx(
            np.mean([scores["per_class"][name][metric] for name in THREE]), abs=1e-12
        )


def test_specificity_of_a_class_is_the_recall_of_all_others():
    logits, targets = np.eye(3)[[0, 0, 1, 2, 2]], np.array([0, 1, 1, 2, 0])
    others = sklearn_metrics.recall_score(targets != 0, logits.argmax(1) != 0)
    assert judge(logits, targets, "multiclass", THREE)["per_class"]["a"]["specificity"] == others == 2 / 3


def test_regression_metrics_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    targets = rng.normal(size=200)
    predicted = targets + rng.normal(size=200)
    expected = {
        "loss": sklearn_metrics.mean_squared_error(targets, predicted),
        "rmse": sklearn_metrics.root_mean_squared_error(targets, predicted),
        "mae": sklearn_metrics.mean_absolute_error(targets, predicted),
        "r2": sklearn_metrics.r2_score(targets, predicted),
    }
    assert judge(predicted[:, None], targets, "regression") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("logits", "targets", "undefined", "reason"),
    [
        ([1, -1], [1, 1], {"auroc", "specificity"}, "every row is of class 'malignant'"),
        ([1, -1], [0, 0], {"auroc", "average_precision", "recall"}, "no row is of class 'malignant'"),
        ([-1, -1], [0, 1], {"precision"}, "no row is predicted to be of class 'malignant'"),
        ([-1, -1], [0, 0], {"auroc", "average_precision", "f1", "precision", "recall"}, "no row"),
        ([np.nan, 1], [0, 1], set(METRICS["binary"]), "1 of 2 rows have a non-finite prediction"),
        ([np.inf, 1], [0, 1], set(METRICS["binary"]), "1 of 2 rows have a non-finite prediction"),
        ([], [], set(METRICS["binary"]), "there are no rows"),
    ],
)
def test_what_is_undefined_is_nan_with_its_reason_and_never_zero(logits, targets, undefined, reason):
    scores = judge(np.array(logits, np.float32)[:, None], np.array(targets, np.int32), "binary", CLASSES)
    assert {name for name in METRICS["binary"] if np.isnan(scores[name])} == undefined == set(scores["reasons"])
    assert all(text.startswith(reason) for text in scores["reasons"].values())


def test_a_class_that_is_never_predicted_leaves_the_macro_precision_undefined_but_not_the_f1():
    scores = judge(np.eye(3)[[0, 1, 1]], np.array([0, 1, 2]), "multiclass", THREE)
    assert scores["reasons"] == {"precision": "no row is predicted to be of class 'c'"}
    assert scores["per_class"]["c"]["f1"] == 0.0


def test_r2_of_a_constant_target_is_undefined():
    scores = judge(np.ones((2, 1)), np.zeros(2), "regression")
    assert np.isnan(scores["r2"])
    assert scores["reasons"] == {"r2": "the target has one value only"}


def test_the_boundary_belongs_to_the_positive_class():
    assert decisions(np.array([[0.0], [-1e-30]]), "binary").tolist() == [1, 0]
