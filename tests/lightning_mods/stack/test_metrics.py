import numpy as np
import pytest
import scores
import torch
import torchmetrics.functional as tm

from configs.seats.live_metrics import live_metrics_of
from lightning_mods.live_metrics.accuracy import accuracy
from lightning_mods.live_metrics.auroc import area
from lightning_mods.stack.live_rows import log_odds, truth
from lightning_mods.stack.metrics import MemberMetrics, live_metrics, try_live_metrics

CASES = [
    *[("binary", kind) for kind in ("spread", "near_0", "near_1", "saturated", "ties")],
    *[("multiclass", kind) for kind in ("spread", "saturated", "ties")],
    ("regression", "spread"),
]
NAN = float("nan")


def case(task, kind):
    return scores.regression() if task == "regression" else getattr(scores, task)(kind)


def judged(values, task):
    logits, targets, weights = (torch.as_tensor(array) for array in values)
    known = truth(targets, weights, task, logits.shape[-1])
    return {
        name: metric.double().numpy()
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


@pytest.mark.parametrize("kind", ["spread", "near_0"])
def test_live_metrics_of_two_classes_are_torchmetrics(kind):
    values = scores.binary(kind)
    live = judged(values, "binary")
    for member in range(scores.MEMBERS):
        logits, targets = (torch.as_tensor(array) for array in values.member(member))
        logits = logits[:, 0].double()
        for name, function in (("auroc", tm.auroc), ("f1", tm.f1_score), ("accuracy", tm.accuracy)):
            assert live[name][member] == pytest.approx(float(function(logits, targets, "binary")), abs=1e-6), name


@pytest.mark.parametrize("kind", ["spread", "ties"])
def test_live_metrics_of_many_classes_are_torchmetrics(kind):
    values = scores.multiclass(kind)
    live = judged(values, "multiclass")
    for member in range(scores.MEMBERS):
        logits, targets = (torch.as_tensor(array) for array in values.member(member))
        many = {"num_classes": 4, "average": "macro"}
        # torchmetrics ranks by probabilities, in which exp makes or breaks ties of the last bit
        close = 1e-6 if kind == "spread" else 1e-2
        expected = float(tm.auroc(logits.double().softmax(-1), targets, "multiclass", **many))
        assert live["auroc"][member] == pytest.approx(expected, abs=close)
        expected = float(tm.f1_score(logits, targets, "multiclass", **many))
        assert live["f1"][member] == pytest.approx(expected, abs=1e-6)


def test_live_metrics_of_a_regression_are_torchmetrics():
    values = scores.regression()
    live = judged(values, "regression")
    for member in range(scores.MEMBERS):
        predicted, targets = (torch.as_tensor(array).double() for array in values.member(member))
        expected = float(tm.mean_squared_error(predicted[:, 0], targets, squared=False))
        assert live["rmse"][member] == pytest.approx(expected, rel=1e-6)
        assert live["r2"][member] == pytest.approx(float(tm.r2_score(predicted[:, 0], targets)), abs=1e-6)


def test_saturated_scores_are_ranked_although_their_probabilities_are_all_one():
    values = scores.binary("saturated")
    assert scores.rounds_to_ties(values.logits[0])
    odds = log_odds(torch.tensor([[20.0, 0.0, 0.0], [300.0, 0.0, -5.0], [301.0, 0.0, -5.0]]))
    assert odds[:, 0].diff().gt(0).all()
    np.testing.assert_allclose(odds[0].numpy(), [20 - np.log(2)] + [-20 - np.log1p(np.exp(-20))] * 2, atol=1e-9)


def test_ties_count_one_half():
    known = truth(torch.tensor([[1, 0, 1, 0]]), torch.ones(1, 4), "binary")
    assert area(torch.tensor([[1.0, 1.0, 2.0, 0.0]]), known).tolist() == [0.875]
    assert area(torch.zeros(1, 4), known).tolist() == [0.5]


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
    known = truth(torch.as_tensor(targets[None]), torch.as_tensor(np.ones((1, len(targets)))), "multiclass", 4)
    areas = area(log_odds(torch.as_tensor(logits))[None].mT, known)[0].numpy()
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
            metric.update(*(torch.as_tensor(array[:, start : start + batch]) for array in given))
        for name, value in metric.compute().items():
            np.testing.assert_allclose(value, judged(given, task)[name], rtol=1e-6)
        metric.reset()
        assert not metric.filled


def test_a_metric_without_a_file_in_this_room_is_computed_by_its_function(monkeypatch):
    logits, targets, weights = (torch.as_tensor(array) for array in scores.binary("ties"))
    metric = MemberMetrics("binary", "f1")
    metric.update(logits, targets, weights)
    with_files = metric.compute()
    monkeypatch.setattr("lightning_mods.stack.metrics.on_device", lambda room: frozenset({"accuracy"}))
    without = metric.compute()
    assert list(with_files) == list(without) == ["loss", "auroc", "f1", "accuracy"]
    for name, values in with_files.items():
        np.testing.assert_allclose(without[name], values, rtol=1e-12)


@pytest.mark.parametrize(
    ("task", "outputs"), [("binary", 1), ("multiclass", 3), ("multiclass", 100), ("regression", 1)]
)
def test_the_shipped_live_metrics_are_what_a_check_wants(task, outputs):
    try_live_metrics(task, outputs)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda rows: 1 / 0, "ZeroDivisionError: division by zero; fix that"),
        (lambda rows: torch.zeros(()), r"gives one number for 2 members, and must give \(2,\)"),
        (accuracy, r"gives .+ where evaluation/metrics/f1.py gives .+; make them equal, or remove it"),
    ],
)
def test_a_wrong_live_metric_is_told_with_its_file_before_a_training(monkeypatch, wrong, told):
    monkeypatch.setattr("lightning_mods.live_metrics.f1.f1", wrong)
    with pytest.raises(ValueError, match=f"^lightning_mods/live_metrics/f1.py: {told}"):
        try_live_metrics("binary", 1)
