"""Baselines: scikit-learn's estimators on a study's folds, with its inputs, trained on training rows alone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small import small

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.seats.baselines import BASELINES, label_of_baseline
from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from sklearn_models import fit
from sklearn_models.fit import fit_baseline

EVERY = BASELINES.known()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", EVERY)
def test_every_baseline_predicts_every_row_of_every_task(name, task):
    _, folds = small(task=task)
    found = fit_baseline(name, folds)
    for logits, rows in zip(found.logits, folds.rows(*PREDICTED), strict=True):
        assert logits.shape == (len(rows), folds.table.outputs)
        assert np.isfinite(logits).all()
    assert found.best_epoch.tolist() == [0, 0, 0]
    assert label_of_baseline(name, task).strip()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_baseline_is_scikit_learns_pipeline_of_each_fold(task):
    _, folds = small(task=task)
    logits = fit_baseline("logistic_regression", folds).logits
    for member, (train, rows) in enumerate(zip(folds.rows(Role.train), folds.rows(*PREDICTED), strict=True)):
        model = Ridge() if task == "regression" else LogisticRegression(max_iter=2000)
        pipeline = make_pipeline(StandardScaler(), model).fit(
            folds.table.features[train].astype(float), folds.table.targets[train]
        )
        x = folds.table.features[rows].astype(float)
        if task == "regression":
            np.testing.assert_allclose(logits[member][:, 0], pipeline.predict(x), rtol=1e-5)
        elif task == "binary":
            np.testing.assert_allclose(expit(logits[member][:, 0]), pipeline.predict_proba(x)[:, 1], atol=2e-5)
        else:
            np.testing.assert_allclose(softmax(logits[member], axis=1), pipeline.predict_proba(x), atol=2e-5)


@pytest.mark.parametrize("name", ["logistic_regression", "random_forest"])
def test_no_row_but_the_training_rows_has_a_say(name):
    _, folds = small()
    first = fit_baseline(name, folds).logits
    for member, train in enumerate(folds.rows(Role.train)):
        targets = 1 - folds.table.targets
        targets[train] = folds.table.targets[train]
        turned = replace(folds, table=replace(folds.table, targets=targets))
        np.testing.assert_array_equal(fit_baseline(name, turned).logits[member], first[member])


def test_a_baseline_that_fails_is_a_failed_fold_and_the_log_says_why(monkeypatch, caplog):
    _, folds = small()

    def build(task, seed, real=fit.import_module):
        raise MemoryError("too much")

    monkeypatch.setattr("sklearn_models.baselines.svm.build", build)
    with caplog.at_level("INFO", logger="twinfold"):
        found = fit_baseline("svm", folds)
    assert np.isnan(np.concatenate(found.logits)).all()
    assert found.best_epoch.tolist() == [-1, -1, -1]
    assert "svm, fold 2: " in caplog.text
    assert "MemoryError: too much" in caplog.text


def test_a_baseline_without_a_file_is_refused_before_anything_starts():
    with pytest.raises(StudyError, match=r"there is no baseline 'random_forrest'; did you mean 'random_forest'\?"):
        load_study(None, ["baselines=[random_forrest]"])
    with pytest.raises(StudyError, match="must name one at least with framework=none"):
        load_study(None, ["framework=none", "baselines=[]"])
    with pytest.raises(StudyError, match="names 'svm' twice"):
        load_study(None, ["baselines=[svm, svm]"])
    assert load_study(None, ["framework=none", "baselines=svm"]).learners == ("svm",)
