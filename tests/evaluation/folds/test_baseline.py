"""The guess against scikit-learn's dummy models, fitted on the targets outside each fold."""

import numpy as np
import pytest
from imagined import validation_of
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score

from evaluation.fits import count_targets
from evaluation.folds.baseline import baseline


def parts(imagine, task, **shape):
    predictions, fits = imagine(task, **shape)
    nothing = predictions.of_role("validation")
    return predictions.of_role("scored"), nothing, predictions.of_role("test"), fits, predictions


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_classification_guesses_like_scikit_learns_prior(imagine, task):
    scored, nothing, test, fits, predictions = parts(imagine, task, rows=110, tested=30)
    guess, losses, accuracies = baseline(scored, nothing, test, fits), [], []
    for fold in range(4):
        train, mine = scored.select(scored.fold != fold), scored.select(scored.fold == fold)
        dummy = DummyClassifier(strategy="prior").fit(np.zeros((len(train.row), 1)), train.target)
        x = np.zeros((len(mine.row), 1))
        losses.append(log_loss(mine.target, dummy.predict_proba(x), labels=dummy.classes_))
        accuracies.append(accuracy_score(mine.target, dummy.predict(x)))
    assert guess["scored"]["loss"] == pytest.approx(np.mean(losses), rel=1e-12)
    assert guess["scored"]["accuracy"] == pytest.approx(np.mean(accuracies), rel=1e-12)
    assert guess["scored"]["auroc"] == 0.5
    shares = np.bincount(scored.target) / len(scored.row)
    assert guess["base_rate"] == pytest.approx(shares[1] if task == "binary" else shares.max())
    assert guess["majority_class"] == predictions.classes[shares.argmax()]


def test_a_regression_guesses_the_mean(imagine):
    scored, nothing, test, fits, _ = parts(imagine, "regression", tested=30)
    guess = baseline(scored, nothing, test, fits)
    assert guess["mean"] == pytest.approx(scored.target.mean(dtype=float))
    dummy = DummyRegressor().fit(np.zeros((len(scored.row), 1)), scored.target.astype(float))
    rows, first = np.unique(test.row, return_index=True)
    predicted = dummy.predict(np.zeros((len(rows), 1)))
    assert guess["test"]["mae"] == pytest.approx(mean_absolute_error(test.target[first], predicted), rel=1e-6)
    assert guess["test"]["r2"] == pytest.approx(r2_score(test.target[first], predicted), abs=1e-6)
    assert "base_rate" not in guess


def test_a_fold_does_not_know_its_own_targets(imagine):
    scored, nothing, test, fits, _ = parts(imagine, "regression")
    before = baseline(scored, nothing, test, fits)
    scored.target[scored.fold == 2] += 1000  # the guess of fold 2 stays, and is worse by that
    fits = [
        fit._replace(train_targets=count_targets(scored.target[scored.fold != fit.fold], "regression", ()))
        for fit in fits
    ]
    after = baseline(scored, nothing, test, fits)
    mine = scored.target[scored.fold == 2]
    own_guess = scored.target[scored.fold != 2].mean(dtype=float)
    others = sum(
        np.abs(scored.target[scored.fold == fold] - scored.target[scored.fold != fold].mean(dtype=float)).mean()
        for fold in (0, 1, 3)
    )
    assert after["scored"]["mae"] == pytest.approx((others + np.abs(mine - own_guess).mean()) / 4, rel=1e-5)
    assert after["scored"]["mae"] > before["scored"]["mae"] + 200


def test_a_split_guesses_from_its_training_and_its_validation_rows(imagine):
    scored, nothing, test, fits, predictions = parts(imagine, "binary", folds=1)
    validation = validation_of(predictions, fits)
    of_training = [fits[0]._replace(train_targets=[10, 80])]
    guess = baseline(scored, validation, test, of_training)
    assert guess["base_rate"] == (80 + validation.target.sum()) / (90 + len(validation.target))
    assert guess["scored"] == guess["out_of_fold"] == {}
    assert guess["test"]["accuracy"] == np.mean(test.target == 1)
    assert baseline(scored, nothing, test, of_training)["base_rate"] == 80 / 90


def test_a_time_series_guesses_a_fold_from_its_past_and_the_test_part_from_all_that_comes_before(imagine):
    scored, nothing, test, fits, _ = parts(imagine, "regression")
    times = [fit._replace(train_targets=[10.0 * (n + 1) ** 2, 10 * (n + 1)]) for n, fit in enumerate(fits)]
    guess = baseline(scored, nothing, test, times)
    errors = [np.abs(scored.target[scored.fold == fold] - 10.0 * (fold + 1) / 10).mean() for fold in range(4)]
    assert guess["scored"]["mae"] == pytest.approx(np.mean(errors), rel=1e-6)
    last = scored.target[scored.fold == 3]
    assert guess["mean"] == pytest.approx((160 + last.sum(dtype=float)) / (40 + len(last)))


def test_the_guess_for_the_test_part_outlives_a_fold_that_has_no_predictions(imagine):
    scored, nothing, test, fits, _ = parts(imagine, "binary")
    others = [part.select(part.fold != 3) for part in (scored, test)]
    whole, fewer = baseline(scored, nothing, test, fits), baseline(others[0], nothing, others[1], fits)
    assert fewer["test"] == whole["test"]
    assert fewer["base_rate"] == whole["base_rate"]


@pytest.mark.parametrize("repeats", [1, 3])
def test_out_of_fold_the_guesses_of_all_folds_are_pooled_as_the_predictions_are(imagine, repeats):
    scored, nothing, test, fits, _ = parts(imagine, "regression", repeats=repeats)
    expected = []
    for repeat in range(repeats):
        mine = scored.select(scored.repeat == repeat)
        means = [mine.target[mine.fold != fold].mean(dtype=float) for fold in mine.fold]
        expected.append(r2_score(mine.target.astype(float), means))
    guess = baseline(scored, nothing, test, fits)
    assert guess["out_of_fold"]["r2"] == pytest.approx(np.mean(expected), rel=1e-6)
    assert guess["out_of_fold"]["r2"] != pytest.approx(guess["scored"]["r2"], rel=1e-3)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_pooled_guesses_rank_no_row_above_another(imagine, task):
    scored, nothing, test, fits, _ = parts(imagine, task)
    guess = baseline(scored, nothing, test, fits)
    assert guess["out_of_fold"]["auroc"] == 0.5
    shares = np.bincount(scored.target) / len(scored.target)
    expected = shares[1] if task == "binary" else shares.mean()
    assert guess["out_of_fold"]["average_precision"] == pytest.approx(expected)


def test_what_a_guess_leaves_undefined_has_its_reason(imagine):
    scored, nothing, test, fits, _ = parts(imagine, "binary")
    scored.target[:] = 0
    scored.target[:5] = 1
    fits = [fit._replace(train_targets=[70, 5]) for fit in fits]
    guess = baseline(scored, nothing, test, fits)["scored"]
    assert np.isnan(guess["precision"])
    assert guess["reasons"]["precision"] == "no row is predicted to be of class 'malignant'"


def test_each_row_counts_once_however_often_it_was_predicted(imagine):
    scored, nothing, test, fits, _ = parts(imagine, "binary", repeats=3)
    once = scored.select(scored.repeat == 0)
    assert baseline(scored, nothing, test, fits)["base_rate"] == baseline(once, nothing, test, fits[:4])["base_rate"]


def test_a_class_that_no_training_row_has_counts_as_half_a_row(imagine):
    scored, nothing, test, fits, _ = parts(imagine, "multiclass")
    guess = baseline(scored, nothing, test, [fit._replace(train_targets=[40, 40, 0]) for fit in fits])
    shares = np.array([40, 40, 0.5]) / 80.5
    losses = [-np.log(shares[scored.target[scored.fold == fold]]).mean() for fold in range(4)]
    assert guess["scored"]["loss"] == pytest.approx(np.mean(losses))
