"""What the event files are made of, without the files."""

import numpy as np
from tensorboard.plugins.pr_curve.summary import _MINIMUM_COUNT

from configs.loading.loading import load_study
from reporting.board.epoch_scalars import spread_scalars
from reporting.board.hparams import flat, result_scalars, session_start, settings
from reporting.board.pr_curves import NUM_THRESHOLDS, threshold_table


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


def test_a_fold_whose_loss_is_lost_leaves_the_median_and_comes_back():
    losses = ([1.0, 3.0], [1.0, None], [1.0, 5.0])
    assert [spread_scalars([line(0, one)])["loss/train"] for one in losses] == [2.0, 1.0, 3.0]
    assert spread_scalars([line(0, [None])]) == {"training/active_folds": 1.0}


def test_a_fold_that_has_stopped_is_not_in_the_median():
    """If it kept its last value, the median of the others would hide behind it."""
    shown = [spread_scalars([one]) for one in (line(0, [1.0, 2.0, 9.0]), line(1, [8.0], [2]))]
    assert [one["loss/train"] for one in shown] == [2.0, 8.0]
    assert [one["training/active_folds"] for one in shown] == [3.0, 1.0]


def test_the_stacks_of_an_epoch_are_taken_together():
    assert spread_scalars([line(0, [1.0], [0]), line(0, [3.0], [1])]) == {
        "training/active_folds": 2.0,
        "loss/train": 2.0,
        "quartiles/loss/train/lower": 1.5,
        "quartiles/loss/train/upper": 2.5,
    }


def test_of_the_learning_rates_of_the_folds_only_the_median_is_shown():
    stacks = [line(0, [1.0, 2.0]) | {"learning_rate": [0.1, 0.2]}, line(0, [3.0], [2]) | {"learning_rate": [0.4]}]
    assert {tag: value for tag, value in spread_scalars(stacks).items() if "rate" in tag} == {
        "training/learning_rate": 0.2
    }


def test_the_columns_are_the_keys_that_people_vary_and_what_differs_from_the_default():
    usual = settings(load_study())
    assert {key.split(".")[-1] for key in usual} == {
        "learning_rate", "dropout", "hidden", "batch_size", "weight_decay", "seed",
    }  # fmt: skip
    words = ["name=other", "training.early_stopping=null", "model.dropout=0.3", "inputs.scale=none"]
    study = load_study(None, words)
    changed = settings(study)
    assert changed == usual | {"model.dropout": 0.3, "training.early_stopping": None, "inputs.scale": "none"}
    info = session_start(study, "tensorflow", 0.0).metadata.plugin_data.content
    for name in (b"model.dropout", b"training.early_stopping", b"tensorflow"):
        assert name in info
    assert dict(flat({"a": {"b": 1, "c": {"d": None}}})) == {"a.b": 1, "a.c.d": None}


def test_what_is_undefined_is_no_column(imagine, judged):
    predictions, fits = imagine(folds=1)
    found = result_scalars(judged(predictions, fits))
    assert found
    assert all(name.startswith("result/test/") for name in found)
