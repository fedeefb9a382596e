"""Resamples by counts against rows that are copied out, and against SciPy's bootstrap."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from evaluation.intervals.bootstrap import num_resamples, percentile_interval, resample
from evaluation.intervals.resampled import Ranking, resampled_metrics
from evaluation.judging.catalogue import METRICS
from evaluation.judging.judge import judge


def study(task: str, rows: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits with ties, and targets."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        targets = rng.normal(size=rows)
        return (targets + rng.normal(size=rows))[:, None], targets
    classes = 2 if task == "binary" else 3
    targets = np.arange(rows) % classes
    signal = np.eye(classes)[targets] if task == "multiclass" else 2.0 * targets[:, None] - 1
    return np.round(signal + rng.normal(size=signal.shape), 1), targets


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_resample_is_judged_as_if_its_rows_were_copied_out(task):
    logits, targets = study(task)
    drawn = []

    def statistic(counts):
        drawn.append(counts)
        return np.stack(list(resampled_metrics(logits, targets, task)(counts).values()), axis=1)

    values = resample(statistic, np.arange(len(targets)), 50)
    for own, counts in zip(values, np.concatenate(drawn), strict=True):
        rows = np.repeat(np.arange(len(targets)), counts)
        judged = judge(logits[rows], targets[rows], task)
        np.testing.assert_allclose(own, [judged[name] for name in METRICS[task]], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("digits", [0, 1, 9])  # nearly all scores tie, many, none
def test_the_areas_of_a_resample_are_those_of_scikit_learn_with_counts_as_weights(digits):
    rng = np.random.default_rng(1)
    targets = rng.integers(0, 2, 200)
    scores = np.round(targets + rng.normal(size=200), digits)
    counts = rng.multinomial(200, np.full(200, 1 / 200), size=20).astype(np.int32)
    auroc, average_precision = Ranking(scores, targets == 1).areas(counts)
    np.testing.assert_allclose(auroc, [roc_auc_score(targets, scores, sample_weight=one) for one in counts], rtol=1e-12)
    known = [average_precision_score(targets, scores, sample_weight=one) for one in counts]
    np.testing.assert_allclose(average_precision, known, rtol=1e-12)


def test_every_resample_is_judged_at_the_cut_of_each_row():
    logits, targets = study("binary")
    cut = np.linspace(-1, 1, len(targets))
    values = resampled_metrics(logits, targets, "binary", cut)(np.ones((1, len(targets)), np.int32))
    judged = judge(logits, targets, "binary", cut=cut)
    assert {name: value[0] for name, value in values.items()} == pytest.approx(judged, abs=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_of_no_rows_nothing_is_known_and_nobody_is_warned(task):
    logits, targets = study(task)
    with np.errstate(all="raise"):
        values = resampled_metrics(logits, targets, task)(np.zeros((2, len(targets)), np.int32))
    assert np.isnan(list(values.values())).all()


def test_a_resample_has_as_many_rows_and_every_row_has_its_turn():
    counts = resample(lambda counts: counts.astype(float), np.arange(10), 4000)
    assert (counts.sum(axis=1) == 10).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1.0, atol=0.08)
    np.testing.assert_allclose(counts.var(axis=0), 1 - 1 / 10, atol=0.15)
    assert len(np.unique(counts, axis=0)) > 3500


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_the_interval_is_that_of_scipy(metric):
    logits, targets = study("binary", rows=300)
    column = {"accuracy": (logits[:, 0] >= 0) == targets, "loss": np.logaddexp(0, logits[:, 0] * (1 - 2 * targets))}
    known = stats.bootstrap([column[metric]], np.mean, method="percentile", n_resamples=10_000, rng=1)
    judge_all = resampled_metrics(logits, targets, "binary")
    values = resample(lambda counts: judge_all(counts)[metric][:, None], np.arange(300))
    assert percentile_interval(values[:, 0]) == pytest.approx(tuple(known.confidence_interval), abs=0.005)
    assert values.std() == pytest.approx(known.standard_error, rel=0.05)


GROUPS = np.repeat(np.arange(40), [1, 2, 3, 4, 5] * 8)  # 120 rows in 40 groups of several sizes


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_groups_are_drawn_whole_and_judged_as_if_their_rows_were_copied_out(task):
    logits, targets = study(task)
    drawn = []

    def statistic(counts):
        drawn.append(counts)
        return np.stack(list(resampled_metrics(logits, targets, task)(counts).values()), axis=1)

    values = resample(statistic, GROUPS, 50)
    for own, counts in zip(values, np.concatenate(drawn), strict=True):
        times = [np.unique(counts[group == GROUPS]) for group in range(40)]
        assert all(len(one) == 1 for one in times)
        assert np.sum(times) == 40
        rows = np.repeat(np.arange(len(targets)), counts)
        judged = judge(logits[rows], targets[rows], task)
        np.testing.assert_allclose(own, [judged[name] for name in METRICS[task]], rtol=1e-9, atol=1e-12)


def test_the_interval_of_groups_is_that_of_scipy():
    logits, targets = study("binary")
    right = ((logits[:, 0] >= 0) == targets).astype(float)
    sums, sizes = np.bincount(GROUPS, right), np.bincount(GROUPS)
    known = stats.bootstrap(
        (sums, sizes), lambda a, b, axis: a.sum(axis) / b.sum(axis), paired=True, method="percentile",
        n_resamples=10_000, rng=1,
    )  # fmt: skip
    judge_all = resampled_metrics(logits, targets, "binary")
    values = resample(lambda counts: judge_all(counts)["accuracy"][:, None], GROUPS, 10_000)
    assert percentile_interval(values[:, 0]) == pytest.approx(tuple(known.confidence_interval), abs=0.01)
    assert values.std() == pytest.approx(known.standard_error, rel=0.05)


def test_two_calls_draw_the_same_rows():
    one, other = (resample(lambda counts: counts.astype(float), np.arange(20), 30) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_an_undefined_resample_is_left_out():
    assert percentile_interval(np.array([np.nan, 1.0, 1.0])) == (1.0, 1.0)
    assert np.isnan(percentile_interval(np.array([np.nan]))).all()


def test_a_large_study_has_fewer_resamples():
    assert num_resamples(5_000, 1) == num_resamples(4_000, 10) == 10_000
    assert num_resamples(60_000, 10) == 1_000
    assert num_resamples(25_000, 8) == 2_000
