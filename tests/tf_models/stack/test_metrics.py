import numpy as np
import pytest
import scores
import tensorflow as tf

from configs.seats.live_metrics import live_metrics_of
from tf_models.live_metrics.accuracy import accuracy
from tf_models.live_metrics.auroc import area
from tf_models.stack.live_rows import log_odds, truth
from tf_models.stack.metrics import MemberMetrics, live_metrics, try_live_metrics

CASES = [
    *[("binary", kind) for kind in ("spread", "near_0", "near_1", "saturated", "ties")],
    *[("multiclass", kind) for kind in ("spread", "saturated", "ties")],
    ("regression", "spread"),
]
NAN = float("nan")


def case(task, kind):
    return scores.regression() if task == "regression" else getattr(scores, task)(kind)


def judged(values, task):
    logits, targets, weights = (tf.constant(array) for array in values)
    known = truth(targets, weights, task, logits.shape[-1])
    return {
        name: tf.cast(metric, tf.float64).numpy()
        for name, metric in live_metrics(logits, known, task, live_metrics_of(task)).items()
    }


@pytest.mark.parametrize(("task", "kind"), CASES)
def test_live_metrics_are_scikit_learns(task, kind):
    values = case(task, kind)
    live = judged(values, task)
    for member in range(scores.MEMBERS):
        reference = scores.judged_by_sklearn(values, member, task)
        assert set(live) == set(reference)
        for name, expected in reference.items():
            assert live[name][member] == pytest.approx(expected, rel=1e-6, abs=1e-6), name


def test_saturated_scores_are_ranked_although_their_probabilities_are_all_one():
    values = scores.binary("saturated")
    assert scores.rounds_to_ties(values.logits[0])
    odds = log_odds(tf.constant([[20.0, 0.0, 0.0], [300.0, 0.0, -5.0], [301.0, 0.0, -5.0]])).numpy()
    assert (np.diff(odds[:, 0]) > 0).all()
    np.testing.assert_allclose(odds[0], [20 - np.log(2)] + [-20 - np.log1p(np.exp(-20))] * 2, atol=1e-9)


def test_ties_count_one_half():
    known = truth(tf.constant([[1, 0, 1, 0]]), tf.ones((1, 4)), "binary")
    assert area(tf.constant([[1.0, 1.0, 2.0, 0.0]]), known).numpy().tolist() == [0.875]
    assert area(tf.zeros((1, 4)), known).numpy().tolist() == [0.5]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_what_stands_in_the_padding_does_not_matter(task):
    values = case(task, "spread")
    padding = values.weights == 0
    values.logits[padding], values.targets[padding] = np.nan, 1
    live = judged(values, task)
    for member in range(scores.MEMBERS):
        for name, expected in scores.judged_by_sklearn(values, member, task).items():
            assert live[name][member] == pytest.approx(expected, rel=1e-6, abs=1e-6), name


def test_one_class_has_no_auroc():
    values = scores.binary("spread")
    values.targets[0], values.targets[1] = 0, 1
    live = judged(values, "binary")
    assert np.isnan(live["auroc"]).tolist() == [True, True, False]
    assert np.isfinite(live["accuracy"]).all()


@pytest.mark.parametrize("poison", [NAN, np.inf, -np.inf])
def test_a_score_that_is_not_finite_has_no_auroc_unless_it_is_padding(poison):
    logits = np.float32([[1.0, 0.0, poison], [1.0, 0.0, poison]])[..., None]
    weights = np.float32([[1, 1, 1], [1, 1, 0]])
    live = judged(scores.Scores(logits, np.array([[1, 0, 1]] * 2), weights), "binary")
    assert np.isnan(live["auroc"]).tolist() == [True, False]
    assert live["auroc"][1] == 1.0


def test_a_class_without_rows_is_left_out_of_the_mean():
    values = scores.multiclass("spread")
    values.targets[0][values.targets[0] == 3] = 2
    live = judged(values, "multiclass")
    logits, targets = values.member(0)
    known = truth(tf.constant(targets[None]), tf.constant(np.ones((1, len(targets)))), "multiclass", 4)
    areas = area(tf.transpose(log_odds(tf.constant(logits)))[None], known)[0]
    assert np.isnan(areas[3])
    assert live["auroc"][0] == pytest.approx(np.mean(areas[:3]))


def test_f1_of_nothing_is_unknown():
    no, yes = np.full((1, 3, 1), -1.0, np.float32), np.full((1, 3, 1), 1.0, np.float32)
    targets, weights = np.zeros((1, 3), np.int64), np.ones((1, 3), np.float32)
    assert np.isnan(judged(scores.Scores(no, targets, weights), "binary")["f1"]).all()
    assert judged(scores.Scores(yes, targets, weights), "binary")["f1"].tolist() == [0.0]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("poison", [NAN, np.inf, -np.inf])
def test_a_member_that_is_not_finite_has_no_metric_and_spoils_no_other(task, poison):
    values = case(task, "spread")
    clean = judged(values, task)
    values.logits[1, 5, 0] = poison
    values.targets[1, 5] = {"binary": int(poison < 0), "multiclass": int(not poison < 0), "regression": 1}[task]
    live = judged(values, task)
    for name in live:
        assert not np.isfinite(live[name][1]), name
        assert live[name][[0, 2]].tolist() == clean[name][[0, 2]].tolist()


def test_a_score_that_is_not_finite_has_no_metric_even_where_its_loss_is_nothing():
    values = scores.multiclass("spread")
    values.logits[1, 5, 0], values.targets[1, 5] = -np.inf, 1
    live = judged(values, "multiclass")
    assert all(np.isnan(live[name]).tolist() == [False, True, False] for name in ("auroc", "f1", "accuracy"))


def test_a_constant_target_has_no_r2():
    values = scores.regression()
    values.targets[2] = 100.0
    assert np.isnan(judged(values, "regression")["r2"]).tolist() == [False, False, True]


@pytest.mark.parametrize("batch", [20, scores.ROWS])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_shell_sees_all_batches_and_forgets_them(task, batch):
    values = case(task, "spread")
    metric = MemberMetrics(task)
    for given in (values, values._replace(targets=values.targets[:, ::-1].copy())):
        for start in range(0, scores.ROWS, batch):
            metric.update_state(*(tf.constant(array[:, start : start + batch]) for array in given))
        for name, value in metric.result().items():
            np.testing.assert_allclose(value, judged(given, task)[name], rtol=1e-6)
        metric.reset_state()
        assert not metric.filled


def test_a_metric_without_a_file_in_this_room_is_computed_by_its_function(monkeypatch):
    values = [tf.constant(array) for array in scores.binary("ties")]
    found = []
    for files in ({"auroc", "f1", "accuracy"}, {"accuracy"}):
        monkeypatch.setattr("tf_models.stack.metrics.on_device", lambda room, files=files: frozenset(files))
        metric = MemberMetrics("binary", "f1")
        metric.update_state(*values)
        found.append(metric.result())
    assert list(found[0]) == list(found[1]) == ["loss", "auroc", "f1", "accuracy"]
    for name, value in found[0].items():
        np.testing.assert_allclose(found[1][name], value, rtol=1e-12)


@pytest.mark.parametrize(
    ("task", "outputs"), [("binary", 1), ("multiclass", 3), ("multiclass", 100), ("regression", 1)]
)
def test_the_shipped_live_metrics_are_what_a_check_wants(task, outputs):
    try_live_metrics(task, outputs)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda rows: 1 / 0, "ZeroDivisionError: division by zero; fix that"),
        (lambda rows: tf.zeros(()), r"gives one number for 2 members, and must give \(2,\)"),
        (accuracy, r"gives .+ where evaluation/metrics/f1.py gives .+; make them equal, or remove it"),
    ],
)
def test_a_wrong_live_metric_is_told_with_its_file_before_a_training(monkeypatch, wrong, told):
    monkeypatch.setattr("tf_models.live_metrics.f1.f1", wrong)
    with pytest.raises(ValueError, match=f"^tf_models/live_metrics/f1.py: {told}"):
        try_live_metrics("binary", 1)
