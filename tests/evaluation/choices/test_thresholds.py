import numpy as np
import pytest
from imagined import validation_of
from sklearn.metrics import accuracy_score, f1_score, recall_score

from configs.sections.evaluation import Evaluation
from evaluation.folds.ensemble import ensemble
from evaluation.judging.catalogue import METRICS, of_threshold
from evaluation.judging.judge import judge, judge_decisions
from evaluation.judging.probabilities import probabilities


def test_every_rule_is_judged_beside_the_studys_own(imagine, judged):
    thresholds = judged(*imagine())["thresholds"]
    assert (thresholds["rule"], thresholds["cost_ratio"]) == ("0.5", 1.0)
    assert list(thresholds["rules"]) == ["0.5", "f1", "youden", "cost"]
    others = judged(*imagine(), settings=Evaluation(threshold=0.3))["thresholds"]
    assert list(others["rules"]) == ["0.3", "0.5", "f1", "youden", "cost"]


@pytest.mark.parametrize("rule", ["f1", "youden", "cost"])
def test_the_studys_rule_is_what_its_decisions_follow(imagine, judged, rule):
    predictions, fits = imagine()
    usual, metrics = judged(predictions, fits), judged(predictions, fits, settings=Evaluation(threshold=rule))
    chosen = usual["thresholds"]["rules"][rule]
    assert [fold["threshold"] for fold in metrics["folds"]] == chosen["folds"]
    for name in ("f1", "precision", "recall", "specificity", "accuracy"):
        assert metrics["scored"][name]["mean"] == pytest.approx(chosen["scored"][name], abs=1e-12)
        assert metrics["out_of_fold"][name] == chosen["out_of_fold"][name]
        assert metrics["test"]["ensemble"][name] == chosen["test"][name]
    for name in ("loss", "auroc", "average_precision", "brier"):
        assert metrics["out_of_fold"][name] == usual["out_of_fold"][name]
    assert metrics["thresholds"]["rules"]["0.5"] == usual["thresholds"]["rules"]["0.5"]


def test_decisions_are_those_of_each_rows_own_member(imagine, judged):
    predictions, fits = imagine()
    metrics = judged(predictions, fits, settings=Evaluation(threshold="f1"))
    scored = predictions.of_role("scored")
    limits = np.array([fold["threshold"] for fold in metrics["folds"]])[scored.fold]
    called = probabilities(scored.logits[:, 0], "binary") >= limits
    assert metrics["out_of_fold"]["f1"] == pytest.approx(f1_score(scored.target, called), abs=1e-12)
    assert np.array(metrics["out_of_fold"]["confusion_matrix"]).sum(axis=0)[1] == called.sum()


def test_the_ensemble_is_cut_at_the_mean_threshold(imagine, judged):
    predictions, fits = imagine(tested=40)
    metrics = judged(predictions, fits, settings=Evaluation(threshold="youden"))
    logits, targets = ensemble(predictions.of_role("test"))
    called = probabilities(logits[:, 0], "binary") >= np.mean([fold["threshold"] for fold in metrics["folds"]])
    assert metrics["test"]["ensemble"]["recall"] == pytest.approx(recall_score(targets, called), abs=1e-12)


@pytest.mark.parametrize("cost_ratio", [1.0, 1e-3])
def test_the_ensembles_threshold_keeps_the_digits_that_a_probability_has_no_room_for(imagine, judged, cost_ratio):
    """Every member cuts between 37 and 38, or calls no row where an alarm is dear; 1 - expit(37.5) is 5e-17."""
    predictions, fits = imagine()
    validation = validation_of(predictions, fits)
    validation.logits[:] = 37 + validation.target[:, None]
    validation.logits[[np.flatnonzero(validation.fold == fold)[0] for fold in range(4)]] = 39
    validation.target[[np.flatnonzero(validation.fold == fold)[0] for fold in range(4)]] = 0
    metrics = judged(predictions, fits, validation=validation, settings=Evaluation(cost_ratio=cost_ratio))
    chosen = metrics["thresholds"]["rules"]["cost"]
    assert chosen["ensemble"] == 1.0
    assert chosen["ensemble_log_odds"] == (pytest.approx(37.5, rel=1e-14) if cost_ratio == 1 else None)


def test_no_threshold_is_chosen_on_the_rows_that_it_is_judged_on(imagine, judged):
    predictions, fits = imagine()
    before = judged(predictions, fits)["thresholds"]["rules"]
    validation = validation_of(predictions, fits)
    predictions.target[:] = 1 - predictions.target  # scored and test rows, but no validation row
    after = judged(predictions, fits, validation=validation)["thresholds"]["rules"]
    assert [after[rule]["folds"] for rule in after] == [before[rule]["folds"] for rule in before]


def test_without_validation_rows_a_rule_falls_back_and_says_so(imagine, judged):
    predictions, fits = imagine()
    rules = judged(predictions, fits, validation=predictions.of_role("validation"))["thresholds"]["rules"]
    assert rules["f1"]["folds"] == [0.5] * 4
    assert rules["f1"]["reasons"]["3"] == "there are no validation rows to choose on; the threshold is 0.5"
    assert rules["f1"]["out_of_fold"] == rules["0.5"]["out_of_fold"]


def test_an_expensive_miss_lowers_the_threshold(imagine, judged):
    rare, dear = (judged(*imagine(), settings=Evaluation(cost_ratio=ratio))["thresholds"] for ratio in (0.1, 10.0))
    assert dear["rules"]["cost"]["ensemble"] < rare["rules"]["cost"]["ensemble"]
    assert dear["rules"]["cost"]["out_of_fold"]["recall"] > rare["rules"]["cost"]["out_of_fold"]["recall"]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_only_a_binary_task_has_thresholds(imagine, judged, task):
    metrics = judged(*imagine(task))
    assert metrics["thresholds"] == {}
    assert "threshold" not in metrics["folds"][0]


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_what_follows_the_threshold_is_scikit_learns_and_a_part_of_the_whole_judgement(rows):
    draw = np.random.default_rng(rows)
    logits, targets = draw.normal(size=(rows, 1)), draw.permutation(np.arange(rows) % 2)
    told = judge_decisions(logits, targets, ("no", "yes"), 0.3)
    whole = judge(logits, targets, "binary", ("no", "yes"), 0.3)
    reasons = told.pop("reasons", {})
    np.testing.assert_equal(told, {name: whole[name] for name in of_threshold(METRICS["binary"])})
    assert reasons == {
        name: why for name, why in whole.get("reasons", {}).items() if name in of_threshold(METRICS["binary"])
    }
    assert told["accuracy"] == pytest.approx(accuracy_score(targets, logits[:, 0] >= 0.3))
