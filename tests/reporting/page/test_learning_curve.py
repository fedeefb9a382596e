"""A learning curve from predictions: scikit-learn's scores, honest means, and what the last step says."""

from dataclasses import replace

import numpy as np
import pytest
from imagined import validation_of
from scipy.stats import t
from sklearn.metrics import roc_auc_score

from configs.sections.evaluation import Evaluation
from evaluation.learning_curve import Sized, learning_curve, main_metric, verdict_of
from reporting.figures.learning_curve import learning_curve_figures
from reporting.page.part import BOTH
from reporting.page.sections.learning_curve import curve_blocks

SIZES = (0.25, 0.5, 1.0)


@pytest.fixture
def sizes(imagine):
    """`sizes(signal)` of three sizes: predictions in which the target is the more visible the larger its `signal`."""

    def make(signal=(0.2, 0.8, 2.0), task="binary", **study):
        every = []
        for size, strength in zip(SIZES, signal, strict=True):
            predictions, fits = imagine(task=task, **study)
            noise = np.random.default_rng(int(100 * size)).normal(size=predictions.logits.shape)
            truth = predictions.target[:, None] - (0.0 if task == "regression" else 0.5)
            predictions = replace(predictions, logits=(strength * truth + noise).astype(np.float32))
            fits = [fit._replace(train_rows=int(80 * size)) for fit in fits]
            training = predictions.of_role("scored")
            training = replace(training, role=np.full(len(training.row), "train"))
            every.append(Sized(size, predictions, validation_of(predictions, fits), training, fits))
        return every

    return make


def test_every_score_is_that_of_scikit_learn_on_the_same_rows(sizes):
    every = sizes()
    curve = learning_curve(every, Evaluation())
    assert [point["size"] for point in curve["sizes"]] == [*SIZES]
    assert [point["mean_rows"] for point in curve["sizes"]] == [20, 40, 80]
    for one, point in zip(every, curve["sizes"], strict=True):
        scored = one.predictions.of_role("scored")
        areas = [
            roc_auc_score(rows.target, rows.logits[:, 0])
            for fit in one.fits
            for rows in [scored.of_member(*fit.key)]
        ]  # fmt: skip
        np.testing.assert_allclose(point["auroc"]["scored"]["folds"], areas)
        np.testing.assert_allclose(point["auroc"]["training"]["folds"], areas)
        ratio = len(scored.row) / sum(fit.train_rows for fit in one.fits)
        half = t.ppf(0.975, 3) * np.std(areas, ddof=1) * np.sqrt(1 / 4 + ratio)
        assert point["auroc"]["scored"]["ci95"][0] == pytest.approx(max(np.mean(areas) - half, 0))


def test_the_last_step_is_the_paired_difference_of_the_folds_in_the_direction_of_the_metric(sizes):
    curve = learning_curve(sizes(), Evaluation())
    for metric, sign in (("auroc", 1), ("loss", -1)):
        before, last = (np.array(point[metric]["scored"]["folds"]) for point in curve["sizes"][-2:])
        told = curve["answer"][metric]
        assert told["gain"] == pytest.approx(sign * np.mean(last - before))
        assert told["low"] < told["gain"] < told["high"]
        assert told["sentence"].startswith("From 40 to 80 training rows (50 % to 100 %) ")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.02, 0.08, "rises"), (-0.005, 0.008, "level"), (0.001, 0.004, "level"), (-0.1, 0.1, "unclear"),
     (-0.3, -0.1, "falls"), (0.001, 0.1, "rises")],
)  # fmt: skip
def test_an_interval_says_whether_more_rows_would_help(low, high, verdict):
    assert verdict_of(low, high, 0.01) == verdict


def test_a_fold_that_failed_at_one_size_counts_at_none(sizes):
    every = sizes()
    broken = every[0].predictions
    logits = np.where((broken.fold == 2)[:, None], np.nan, broken.logits)
    every[0] = every[0]._replace(predictions=replace(broken, logits=logits.astype(np.float32)))
    curve = learning_curve(every, Evaluation())
    assert [fold["fold"] for fold in curve["folds"]] == [0, 1, 3]
    assert curve["failed"] == 1
    assert all(len(point["auroc"][part]["folds"]) == 3 for point in curve["sizes"] for part in ("scored", "training"))


def test_seeds_are_averaged_and_without_scored_rows_the_test_rows_are_used(sizes):
    assert len(learning_curve(sizes(seeds=2), Evaluation())["folds"]) == 4
    curve = learning_curve(sizes(folds=1), Evaluation())
    assert curve["rows"] == "test"
    assert curve["sizes"][0]["auroc"]["scored"]["ci95"] == [None, None]
    assert (
        curve["answer"]["auroc"]["sentence"] == "Whether more rows would help cannot be said: one fold has no spread."
    )


def test_the_metrics_of_the_study_are_shown_the_first_besides_the_loss_first(sizes):
    curve = learning_curve(sizes(), Evaluation(metrics=("loss", "f1")))
    assert (curve["metrics"], main_metric(curve)) == (["loss", "f1"], "f1")
    assert main_metric(learning_curve(sizes(task="regression"), Evaluation())) != "loss"


def test_frameworks_that_agree_share_a_figure(sizes):
    one, same, other = (learning_curve(sizes(signal), Evaluation()) for signal in [(1, 2, 3), (1, 2, 3), (1, 2, 9)])
    names = {(0, fold): f"fold_{fold:02d}" for fold in range(4)}
    agreeing, differing = {"lightning": one, "tensorflow": same}, {"lightning": one, "tensorflow": other}
    row, facts = curve_blocks(agreeing, learning_curve_figures(agreeing, names))
    assert list(row.blocks[0].svgs) == [BOTH]
    assert 'data-fold="fold_02"' in row.blocks[0].svgs[BOTH]
    assert facts.items[0][1][0] == one["answer"]["auroc"]["sentence"]
    row, *_, facts = curve_blocks(differing, learning_curve_figures(differing, names))
    assert list(row.blocks[0].svgs) == ["lightning", "tensorflow"]
    assert facts.items[0][1][1].startswith("tensorflow: From")
    assert curve_blocks({}, {}) == []
