"""A metric that early stopping could never know is refused before anything trains; any other can be monitored."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, cohen_kappa_score, median_absolute_error

from configs.errors import StudyError
from configs.loading.loading import load_study
from datamodules.fold_data import fold_data
from evaluation.judging.member_values import member_values
from experiment.rules.monitor import check_monitored_rows, is_defined


def checked(study):
    """Whether the monitor of a study was let through; there is nothing else to return."""
    check_monitored_rows(study, fold_data(study))
    return True


def test_r2_of_equal_targets_is_refused():
    told = ["data.source=diabetes", "folds.method=kfold", "folds.splits=2", "training.early_stopping.monitor=r2"]
    assert checked(load_study(None, told))
    cause = (
        "validation rows of fold 0 have one and the same target, which leaves r2 undefined; set it to loss, or folds"
    )
    with pytest.raises(StudyError, match=cause):
        checked(load_study(None, [*told, "folds.validation_fraction=0.001"]))


@pytest.mark.parametrize(
    ("monitor", "refused"), [("auroc", True), ("f1", True), ("recall", True), ("loss", False), ("accuracy", False)]
)
def test_a_monitor_that_a_fold_could_never_know_is_refused(tmp_path, monitor, refused):
    table = tmp_path / "rare.csv"
    table.write_text("x,y\n" + "".join(f"{row},{int(row in (3, 77))}\n" for row in range(120)))
    told = [f"data.source={table}", "data.target=y", "folds.method=kfold", "folds.splits=3"]
    study = load_study(None, [*told, f"training.early_stopping.monitor={monitor}"])
    if not refused:
        assert checked(study)
        return
    cause = f"validation rows of fold . are all of one class, which leaves {monitor} undefined; set it to loss"
    with pytest.raises(StudyError, match=cause):
        checked(study)


@pytest.mark.parametrize(
    ("metric", "targets", "task", "defined"),
    [
        ("matthews_correlation", [1, 1], "binary", False),
        ("specificity", [1, 1], "binary", False),
        ("precision", [1, 1], "binary", True),
        ("auroc", [0, 2, 2], "multiclass", True),
        ("cohen_kappa", [2, 2], "multiclass", False),
        ("mape", [1.0, 1.0], "regression", True),
        ("r2", [1.0, 1.0], "regression", False),
    ],
)
def test_a_metric_is_known_where_a_network_that_is_right_about_all_has_it(metric, targets, task, defined):
    assert is_defined(metric, np.array(targets), task, 3 if task == "multiclass" else 1) == defined


def test_a_metric_without_a_file_for_the_device_is_scikit_learns_of_every_member_and_its_own_rows():
    random = np.random.default_rng(0)
    logits, weights = random.normal(size=(4, 30, 3)), np.ones((4, 30))
    targets = random.integers(0, 3, (4, 30))
    weights[1, 20:], logits[2, 0] = 0, np.nan
    found = member_values("cohen_kappa", logits, targets, weights, "multiclass")
    for member, rows in ((0, 30), (1, 20), (3, 30)):
        expected = cohen_kappa_score(targets[member, :rows], logits[member, :rows].argmax(-1))
        assert found[member] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(found[2])
    values = logits[[0, 3], :, :1]
    real = targets[[0, 3]].astype(float)
    found = member_values("median_absolute_error", values, real, weights[:2] * 0 + 1, "regression")
    assert found == pytest.approx([median_absolute_error(t, v[:, 0]) for t, v in zip(real, values, strict=True)])


def test_of_several_classes_those_without_a_value_are_left_out_of_the_mean():
    random = np.random.default_rng(1)
    logits, targets = random.normal(size=(1, 40, 3)), random.integers(0, 2, (1, 40))  # no row is of the third class
    (found,) = member_values("average_precision", logits, targets, np.ones((1, 40)), "multiclass")
    exponents = np.exp(logits[0])
    odds = exponents / (exponents.sum(1, keepdims=True) - exponents)
    each = [average_precision_score(targets[0] == index, odds[:, index]) for index in (0, 1)]
    assert found == pytest.approx(np.mean(each), abs=1e-12)
