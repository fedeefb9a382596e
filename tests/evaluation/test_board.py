"""What the event files are made of, without the files."""

import numpy as np
import pytest
from tensorboard.plugins.pr_curve.summary import _MINIMUM_COUNT

from configs.loading import load_study
from evaluation.board.epoch_scalars import Band, mean_and_band
from evaluation.board.hparams import flat, result_scalars, session_start
from evaluation.board.pr_curves import NUM_THRESHOLDS, threshold_table


def line(epoch, losses, members=None):
    keys = [[0, 0, fold, 0] for fold in (members or range(len(losses)))]
    return {"epoch": epoch, "members": keys, "train_loss": losses}


def test_a_score_on_a_threshold_reaches_it():
    table = threshold_table(np.array([0.0, 0.5, 0.5, 1.0]), np.array([False, True, False, True]))
    assert table[:4, [0, 100, 101, 200]].T.tolist() == [[2, 2, 0, 0], [2, 1, 1, 0], [1, 0, 2, 1], [1, 0, 2, 1]]


def test_the_counts_are_those_of_tensorboards_own_summary():
    draw = np.random.default_rng(0)
    scores, positive = draw.random(500), draw.random(500) < 0.3
    # The formula of tensorboard.plugins.pr_curve.summary.pb, which itself needs TensorFlow.
    buckets = np.floor(scores * (NUM_THRESHOLDS - 1)).astype(int)
    true, false = (
        np.bincount(buckets[mask], minlength=NUM_THRESHOLDS)[::-1].cumsum()[::-1] for mask in (positive, ~positive)
    )
    precision = true / np.maximum(_MINIMUM_COUNT, true + false)
    recall = true / true[0]
    expected = [true, false, false[0] - false, true[0] - true, precision, recall]
    np.testing.assert_allclose(threshold_table(scores, positive), expected)


def test_without_a_positive_row_recall_is_0_and_not_an_error():
    assert threshold_table(np.array([0.2]), np.array([False]))[5].max() == 0


def test_the_band_is_a_standard_deviation_and_never_beyond_the_folds():
    assert mean_and_band(np.array([1.0, 2.0, 3.0])) == (2.0, 1.0, 3.0)
    mean, low, high = mean_and_band(np.array([0.9, 0.9, 0.9, 1.0]))
    assert (mean, low) == (pytest.approx(0.925), 0.9)
    assert high == pytest.approx(0.925 + 0.05)
    assert mean_and_band(np.array([0.7])) == (0.7, 0.7, 0.7)


def test_a_fold_whose_loss_is_lost_leaves_the_band_and_comes_back():
    band = Band()
    assert band.after([line(0, [1.0, 3.0])])["loss/train/mean"] == 2.0
    assert band.after([line(1, [1.0, None])])["loss/train/mean"] == 1.0
    assert band.after([line(2, [1.0, 5.0])])["loss/train/mean"] == 3.0
    assert Band().after([line(0, [None])]) == {}


def test_the_stacks_of_an_epoch_are_taken_together():
    band = Band().after([line(0, [1.0], [0]), line(0, [3.0], [1])])
    assert band == {"loss/train/mean": 2.0, "loss/train/low": 1.0, "loss/train/high": 3.0}


def test_every_setting_that_changes_a_result_is_a_column():
    study = load_study(None, ["training.early_stopping=null", "model.dropout=0.3"])
    info = session_start(study, "tensorflow", "row", 0.0).metadata.plugin_data.content
    for name in (b"model.dropout", b"training.early_stopping", b"folds.splits", b"seed", b"tensorflow"):
        assert name in info
    assert b"output." not in info
    assert dict(flat({"a": {"b": 1, "c": {"d": None}}})) == {"a.b": 1, "a.c.d": None}


def test_what_is_undefined_is_no_column(imagine, judged):
    predictions, fits = imagine(folds=1)
    found = result_scalars(judged(predictions, fits))
    assert found
    assert all(name.startswith("test/") for name in found)
