"""Baselines: scikit-learn's estimators on a study's folds, with its inputs, trained on training rows alone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small import small

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.seats.baselines import BASELINES, label_of_baseline
from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from sklearn_models import fitting
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


def weighted(task):
    """Folds of a table whose rows weigh 1 to 3 and, every seventh, nothing; and these weights."""
    _, folds = small(task=task)
    known = np.random.default_rng(0).uniform(1.0, 3.0, folds.table.rows)
    known[::7] = 0.0
    return replace(folds, table=replace(folds.table, weights=known)), known


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_rows_weigh_what_scikit_learn_has_them_weigh_and_those_of_weight_0_are_left_out(task):
    folds, weights = weighted(task)
    logits = fit_baseline("logistic_regression", folds).logits
    for member, (train, rows) in enumerate(zip(folds.rows(Role.train), folds.rows(*PREDICTED), strict=True)):
        features, targets = folds.table.features.astype(float), folds.table.targets
        scaler, own = StandardScaler().fit(features[train]), train[weights[train] > 0]  # inputs are not weighted
        if task == "regression":
            goal = StandardScaler().fit(targets[train][:, None])
            model = Ridge().fit(
                scaler.transform(features[own]),
                goal.transform(targets[own][:, None])[:, 0],
                weights[own] / weights[own].mean(),
            )
            said = goal.inverse_transform(model.predict(scaler.transform(features[rows]))[:, None])
            np.testing.assert_allclose(logits[member], said, rtol=1e-4)
            continue
        model = LogisticRegression(max_iter=2000)
        model.fit(scaler.transform(features[own]), targets[own], weights[own] / weights[own].mean())
        chances = model.predict_proba(scaler.transform(features[rows]))
        if task == "binary":
            np.testing.assert_allclose(expit(logits[member][:, 0]), chances[:, 1], atol=2e-4)
        else:
            np.testing.assert_allclose(softmax(logits[member], axis=1), chances, atol=2e-4)


def test_class_weights_are_those_of_scikit_learn():
    _, folds = small()
    assert "unweighted" not in fit_baseline("nearest_neighbours", folds).timing
    logits = fit_baseline("logistic_regression", folds, "balanced").logits
    named = fit_baseline("logistic_regression", folds, {folds.table.classes[1]: 5.0}).logits
    for member, (train, rows) in enumerate(zip(folds.rows(Role.train), folds.rows(*PREDICTED), strict=True)):
        x = folds.table.features.astype(float)
        pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, class_weight="balanced"))
        pipeline.fit(x[train], folds.table.targets[train])
        np.testing.assert_allclose(expit(logits[member][:, 0]), pipeline.predict_proba(x[rows])[:, 1], atol=2e-4)
        assert named[member].mean() > fit_baseline("logistic_regression", folds).logits[member].mean()


def test_a_weight_is_how_often_a_row_counts():
    _, folds = small()
    counts = np.random.default_rng(1).integers(1, 4, folds.table.rows)
    logits = fit_baseline("naive_bayes", replace(folds, table=replace(folds.table, weights=counts * 0.5))).logits
    for member, (train, rows) in enumerate(zip(folds.rows(Role.train), folds.rows(*PREDICTED), strict=True)):
        features, often = folds.table.features.astype(float), np.repeat(train, counts[train])
        scaler = StandardScaler().fit(features[train])
        model = GaussianNB().fit(scaler.transform(features[often]), folds.table.targets[often])
        chances = model.predict_proba(scaler.transform(features[rows]))
        np.testing.assert_allclose(expit(logits[member][:, 0]), chances[:, 1], atol=1e-4)


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("name", EVERY)
def test_every_baseline_is_trained_with_the_weights_or_says_that_it_takes_none(name, task):
    folds, weights = weighted(task)
    folds = folds.subset([0])
    found = fit_baseline(name, folds)
    ones = fit_baseline(name, replace(folds, table=replace(folds.table, weights=np.where(weights > 0, 1.0, 0.0))))
    moved = any((one != other).any() for one, other in zip(found.logits, ones.logits, strict=True))
    assert moved == (name != "nearest_neighbours")
    assert ("unweighted" in found.timing) == (name == "nearest_neighbours")


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

    def build(task, seed, real=fitting.import_module):
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
