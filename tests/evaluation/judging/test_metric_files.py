"""Each metric is one file that says everything about itself, and its values are those of scikit-learn."""

from functools import partial

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from configs.seats.metric_keys import read_key
from configs.seats.metrics import TASKS, default_metrics, metric_files, metrics_of, read_metric
from evaluation.judging.catalogue import labelled, metric_of, name_of
from evaluation.judging.judge import judge
from evaluation.judging.judged_rows import JudgedRows

LABELS = [0, 1, 2]


def rows(task: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits `(300, outputs)` and targets."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        targets = rng.normal(5.0, 1.0, 300)
        return (targets + rng.normal(size=300))[:, None], targets
    targets = rng.choice(3, 300, p=[0.6, 0.3, 0.1]) if task == "multiclass" else rng.integers(0, 2, 300)
    if task == "binary":
        return (targets - 0.4 + rng.normal(size=300))[:, None], targets
    return np.eye(3)[targets] + rng.normal(size=(300, 3)), targets


def of_average(score, average, true, given, _):
    """scikit-learn's score of several classes; of a class that is never predicted it is 0."""
    return score(true, given, average=average, zero_division=0)


EXPECTED = {
    "binary": {
        "balanced_accuracy": lambda true, given, _: sklearn_metrics.balanced_accuracy_score(true, given),
        "matthews_correlation": lambda true, given, _: sklearn_metrics.matthews_corrcoef(true, given),
        "cohen_kappa": lambda true, given, _: sklearn_metrics.cohen_kappa_score(true, given),
    },
    "regression": {
        "mape": lambda true, given, _: sklearn_metrics.mean_absolute_percentage_error(true, given),
        "median_absolute_error": lambda true, given, _: sklearn_metrics.median_absolute_error(true, given),
        "rmse": lambda true, given, _: sklearn_metrics.root_mean_squared_error(true, given),
        "mae": lambda true, given, _: sklearn_metrics.mean_absolute_error(true, given),
        "r2": lambda true, given, _: sklearn_metrics.r2_score(true, given),
    },
}
EXPECTED["multiclass"] = (
    EXPECTED["binary"]
    | {
        "top_k_accuracy": lambda true, _, logits: sklearn_metrics.top_k_accuracy_score(
            true, logits, k=2, labels=LABELS
        ),
        "weighted_f1": lambda true, given, _: sklearn_metrics.f1_score(
            true, given, average="weighted", zero_division=0
        ),
        "top_k_accuracy(k=1)": lambda true, given, _: sklearn_metrics.accuracy_score(true, given),
        "top_k_accuracy(k=3)": lambda true, _, logits: sklearn_metrics.top_k_accuracy_score(
            true, logits, k=3, labels=LABELS
        ),
        "micro_f1": lambda true, given, _: sklearn_metrics.f1_score(true, given, average="micro"),
    }
    | {
        f"{average}_{name}": partial(of_average, getattr(sklearn_metrics, f"{name}_score"), average)
        for average in ("weighted", "micro")
        for name in ("precision", "recall")
    }
)
CASES = [(task, name) for task, metrics in EXPECTED.items() for name in metrics]


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
@pytest.mark.parametrize(("task", "name"), CASES)
@pytest.mark.parametrize("classes", ["all", "without the last"])
def test_a_metric_is_that_of_scikit_learn(task, name, classes):
    logits, targets = rows(task)
    if classes != "all" and task == "multiclass":
        logits, targets = logits[targets < 2], targets[targets < 2]
    if task == "regression":
        given = logits[:, 0]
    else:
        given = logits.argmax(axis=1) if task == "multiclass" else (logits[:, 0] >= 0).astype(int)
    value = judge(logits, targets, task, chosen=[name])[name]
    assert value == pytest.approx(EXPECTED[task][name](targets, given, logits), abs=1e-12)


def test_every_shipped_metric_that_is_not_a_default_is_compared_with_scikit_learn():
    beyond = {name for name, one in metric_files().items() if one.place is None}
    assert beyond - {"ece"} == {read_key(key)[0] for keys in EXPECTED.values() for key in keys} - {"rmse", "mae", "r2"}


def test_the_default_list_is_that_of_version_0_1():
    classification = ("loss", "auroc", "average_precision", "f1", "precision", "recall", "specificity")
    for task in ("binary", "multiclass"):
        assert default_metrics(task) == (*classification, "accuracy", "brier")
    assert default_metrics("regression") == ("loss", "rmse", "mae", "r2")


@pytest.mark.parametrize("task", TASKS)
def test_what_a_source_is_read_as_is_what_its_module_says_and_values_lie_in_the_range(task):
    judged = JudgedRows(*rows(task), task)
    for name in metrics_of(task):
        said, metric = metric_files()[name], metric_of(name)
        assert (metric.tasks, metric.place) == (said.tasks, said.place)
        low, high = metric.range
        assert low <= judged.value(name) <= high


@pytest.mark.parametrize(
    ("label", "arguments", "told"),
    [("F{beta}", {"beta": 2.0}, "F2"), ("F{beta}", {"beta": 0.5}, "F0.5"), ("pinball", {"q": 1.0}, "pinball (q 1)")],
)
def test_a_whole_number_in_a_label_has_no_decimals(label, arguments, told):
    assert labelled(label, arguments, arguments) == told


def test_the_average_of_a_metric_of_several_classes_is_in_its_name():
    names = [name_of(name, "multiclass") for name in ("f1", "weighted_f1", "micro_f1", "balanced_accuracy")]
    assert names == ["macro F1", "weighted F1", "micro F1", "balanced accuracy"]
    averages = [name_of(name, "multiclass") for name in ("precision", "micro_precision", "recall", "weighted_recall")]
    assert averages == ["macro precision", "micro precision", "macro recall", "weighted recall"]


def test_averages_that_are_the_accuracy_where_each_row_has_one_class_equal_it():
    logits, targets = rows("multiclass")
    names = ["micro_f1", "micro_precision", "micro_recall", "weighted_recall"]
    judged = judge(logits, targets, "multiclass", chosen=names)
    assert [judged[name] for name in names] == pytest.approx([judged["accuracy"]] * 4, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "task", "logits", "targets", "why"),
    [
        ("matthews_correlation", "binary", [[1.0], [1.0]], [0, 1], "all rows are of one class, or predicted to be"),
        ("cohen_kappa", "binary", [[1.0], [1.0]], [1, 1], "all rows are of one class and predicted to be"),
        ("mape", "regression", [[1.0], [1.0]], [0.0, 1.0], "a target is 0"),
    ],
)
def test_what_a_formula_leaves_undefined_is_nan_with_its_reason(name, task, logits, targets, why):
    judged = judge(np.array(logits), np.array(targets), task, chosen=[name])
    assert np.isnan(judged[name])
    assert judged["reasons"][name] == why


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("METRIC = Metric(", "evaluation/metrics/odd.py:1: '(' was never closed"),
        ("METRIC = Metric(tasks=('binary',))", "there is no function odd(targets, ...); name = module"),
        ("METRIC = Metric(tasks=('binery',))", "tasks must be a tuple of binary, multiclass, regression"),
        ("METRIC = Metric(tasks=TASKS)", "write tasks and place of METRIC out"),
        ("METRIC = Metric(tasks=('binary',))\ndef odd(targets, guesses): ...", "odd takes 'guesses'"),
        ("METRIC = Metric(tasks=('binary',))\ndef odd(targets, *, k=2): ...", "odd.py:2: parameter 'k' has no type"),
        ("METRIC = Metric(tasks=('binary',))\ndef odd(*targets): ...", "odd must be odd(some of targets, predicted"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path, source, problem):
    file = tmp_path / "odd.py"
    file.write_text(source)
    assert problem in read_metric(file).problem


def test_a_file_without_a_metric_is_none(tmp_path):
    file = tmp_path / "shared.py"
    file.write_text("def shared(): ...\n")
    assert read_metric(file) is None
