"""What is reported of a search, compared with numbers worked by hand, scikit-learn and simulated selection."""

import json
import math

import numpy as np
import pytest
from scipy.stats import rankdata, sem
from scipy.stats import t as student
from searches import SPACE, members_of, random_trials, study_of, trial
from sklearn.metrics import roc_auc_score

from configs.member import Member
from configs.sections.search import Axis
from evaluation.predictions import Predictions
from evaluation.search.answer import Searched, search_answer
from evaluation.search.bounds import at_bounds
from evaluation.search.importance import column_of, importance
from evaluation.search.simplest import simplest, within_one_error

FOLDS = 4


@pytest.fixture
def answer(imagine, judged):
    """`answer(trials, search, **study)` -> the answer, and the `metrics.json` of the imaginary predictions."""

    def make(trials, search=None, columns=0, **study):
        predictions, fits = imagine(**study)
        metrics = judged(predictions, fits)
        searched = Searched(study_of(**(search or {})), members_of(fits), trials, metrics, predictions, columns)
        return search_answer(searched), metrics, predictions

    return make


def test_the_best_inner_mean_the_outer_score_and_the_optimism_between_them(answer):
    inner = [0.99, 0.97, 0.98, 0.96]
    trials = [trial(0, [0.9, 0.9, 0.9, 0.9]), trial(1, inner), trial(2, [0.995, 0.5, 0.5, 0.5])]
    told, metrics, predictions = answer(trials)
    outer = [roc_auc_score(own.target, own.logits[:, 0]) for key in predictions.members()
             if len((own := predictions.of_member(*key).of_role("scored")).row)]  # fmt: skip
    assert told["best"]["number"] == 1
    assert told["best"]["mean"] == pytest.approx(np.mean(inner))
    assert told["best"]["error"] == pytest.approx(sem(inner))
    assert [one["number"] for one in told["winners"]] == [2, 1, 1, 1]
    assert [one["outer"] for one in told["winners"]] == pytest.approx(outer)
    assert told["won"] == [{"number": 1, "folds": 3}, {"number": 2, "folds": 1}]
    assert told["inner_of_winners"]["mean"] == pytest.approx(np.mean([0.995, 0.97, 0.98, 0.96]))
    assert told["outer"]["mean"] == pytest.approx(np.mean(outer)) == metrics["scored"]["auroc"]["mean"]
    gaps = np.array(inner) - outer
    ratio = 80 / sum(fold["train_rows"] for fold in metrics["folds"])
    half = student.ppf(0.975, 3) * gaps.std(ddof=1) * math.sqrt(1 / 4 + ratio)
    assert told["optimism"]["difference"] == pytest.approx(gaps.mean())
    assert told["optimism"]["low"] == pytest.approx(gaps.mean() - half)
    assert told["optimism"]["high"] == pytest.approx(gaps.mean() + half)
    assert told["optimism_of_winners"]["difference"] > told["optimism"]["difference"]
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_loss_is_optimistic_where_it_is_lower(answer):
    told, metrics, _ = answer([trial(0, [0.1, 0.1, 0.1, 0.1])], {"objective": "loss"})
    assert told["optimism"]["difference"] == pytest.approx(metrics["scored"]["loss"]["mean"] - 0.1)


def test_the_outer_score_of_a_metric_that_the_study_does_not_show_is_computed_of_the_predictions(answer):
    told, metrics, predictions = answer([trial(0, [0.5] * FOLDS)], {"objective": "cohen_kappa"})
    assert "cohen_kappa" not in metrics["scored"]
    from sklearn.metrics import cohen_kappa_score

    expected = [cohen_kappa_score(own.target, own.logits[:, 0] >= 0) for key in predictions.members()
                if len((own := predictions.of_member(*key).of_role("scored")).row)]  # fmt: skip
    assert [one["outer"] for one in told["winners"]] == pytest.approx(expected)
    assert told["outer"]["mean"] == pytest.approx(np.mean(expected))


def test_the_score_of_plain_selection_is_optimistic_and_nested_is_not(answer):
    trials = [trial(0, [0.9, 0.1, 0.9, 0.9]), trial(1, [0.8, 0.8, 0.8, 0.8])]
    plain, nested = (answer(trials, {"selection": one})[0] for one in ("plain", "nested"))
    assert (plain["optimistic"], nested["optimistic"]) == (True, False)
    assert [one["number"] for one in plain["winners"]] == [1, 1, 1, 1]
    assert [one["number"] for one in nested["winners"]] == [0, 1, 0, 0]


def test_a_single_split_is_scored_on_its_test_set_which_chose_nothing(answer):
    told, metrics, _ = answer([trial(0, [0.9]), trial(1, [0.95])], {"selection": "plain"}, folds=1, tested=60)
    assert (told["outer"]["where"], told["optimistic"]) == ("held-out test set", False)
    assert told["outer"]["mean"] == metrics["test"]["ensemble"]["auroc"]
    assert told["optimism"]["difference"] == pytest.approx(0.95 - told["outer"]["mean"])
    assert told["optimism"]["low"] is None


def test_seeds_of_a_fold_are_one_fold_in_every_number(answer):
    own = [0.9, 0.8, 0.7, 0.6]
    told, metrics, _ = answer([trial(0, own + [one + 0.1 for one in own])], seeds=2)
    assert told["best"]["mean"] == pytest.approx(0.8)
    assert told["best"]["error"] == pytest.approx(sem([0.95, 0.85, 0.75, 0.65]))
    assert told["best"]["folds"] == len(told["winners"]) == FOLDS
    assert told["outer"]["mean"] == pytest.approx(metrics["scored"]["auroc"]["mean"])


def test_a_failed_trial_is_told_with_its_cause_and_a_search_of_failures_has_no_best(answer):
    broken = trial(1, [None] * FOLDS, cause="lightning: the loss is not finite")
    told, *_ = answer([trial(0, [0.9] * FOLDS), broken])
    assert [(one["number"], one["status"], one["cause"]) for one in told["trials"]] == [
        (0, "done", ""), (1, "failed", "lightning: the loss is not finite")
    ]  # fmt: skip
    nothing, *_ = answer([broken])
    assert (nothing["best"], nothing["simplest"], nothing["top"]) == (None, None, [])
    assert [one["number"] for one in nothing["winners"]] == [None] * FOLDS


def test_the_history_has_the_best_so_far(answer):
    told, *_ = answer([trial(number, [value] * FOLDS) for number, value in enumerate([0.5, 0.7, 0.6, 0.9])])
    assert [one["best_so_far"] for one in told["trials"]] == [0.5, 0.7, 0.7, 0.9]
    assert told["top"] == [3, 1, 2, 0]


def test_the_simplest_setting_is_within_one_standard_error():
    best = trial(0, [0.10, 0.12, 0.14], weights=900)  # mean 0.12, standard error 0.01155
    trials = [best, trial(1, [0.13, 0.13, 0.13], weights=500), trial(2, [0.14, 0.13, 0.13], weights=100),
              trial(3, [0.12, None, 0.12], weights=1), trial(4, [0.131, 0.131, 0.131], weights=500)]  # fmt: skip
    folds = [[0], [1], [2]]
    within = within_one_error(trials, best, folds, falls=True)
    assert [one.number for one in within] == [0, 1, 4]
    assert simplest(within, {0: {}, 1: {}, 4: {"model.dropout": 0.5}}).number == 4
    assert simplest(within, {0: {}, 1: {}, 4: {"training.max_epochs": 9, "model.dropout": 0.5}}).number == 1
    assert simplest(within, {0: {}, 1: {"optimizer.weight_decay": 0.1}, 4: {}}).number == 1
    assert simplest(within, {0: {}, 1: {}, 4: {}}).number == 1
    higher = [one._replace(objective=tuple(value and -value for value in one.objective)) for one in trials]
    assert [one.number for one in within_one_error(higher, higher[0], folds, falls=False)] == [0, 1, 4]
    assert within_one_error([trial(0, [0.1]), trial(1, [0.1])], trial(0, [0.1]), [[0]], True) == [trial(0, [0.1])]


def test_a_best_value_on_a_bound_is_told_with_its_distance():
    space = {
        "optimizer.learning_rate": Axis(low=1e-4, high=1e-2, log=True),
        "training.max_epochs": Axis(choices=(10, 20, 40)),
        "model.dropout": Axis(low=0.0, high=0.5),
        "model.activation": Axis(choices=("relu", "selu", "tanh")),
        "training.batch_size": Axis(choices=(16, 32)),
    }
    tried = []

    def is_possible(key, value):
        tried.append((key, value))
        return value > 0

    best = {"optimizer.learning_rate": 1.2e-4, "training.max_epochs": 40, "model.dropout": 0.0,
            "model.activation": "relu", "training.batch_size": 32}  # fmt: skip
    rate, epochs = at_bounds(space, best, [best, best | {"optimizer.learning_rate": 1e-3}], is_possible)
    assert rate[:4] == ("optimizer.learning_rate", 1.2e-4, "low", 1e-4)
    assert rate.share == pytest.approx(math.log10(1.2) / 2)
    assert rate.folds == 1
    assert epochs == ("training.max_epochs", 40.0, "high", 40.0, 0.0, 2)
    beyond = pytest.approx(1e-4 * 10**-0.1)  # the range has two decades
    assert tried == [("optimizer.learning_rate", -0.0), ("optimizer.learning_rate", beyond),
                     ("training.max_epochs", 41), ("model.dropout", -1), ("model.dropout", -0.025)]  # fmt: skip
    assert [one.key for one in at_bounds(space, {"model.dropout": 0.49}, [], is_possible)] == ["model.dropout"]
    assert at_bounds(space, {"optimizer.learning_rate": 1.3e-4, "model.dropout": 0.4}, [], is_possible) == []


@pytest.mark.parametrize(
    ("key", "axis", "best", "side"),
    [
        ("model.dropout", Axis(low=0.0, high=0.5), 0.0, None),
        ("model.dropout", Axis(low=0.0, high=0.5), 0.5, "high"),
        ("model.dropout", Axis(low=0.0, high=0.99), 0.99, None),
        ("model.dropout", Axis(low=0.3, high=0.5), 0.3, "low"),
        ("training.batch_size", Axis(low=1, high=64), 1, None),
        ("training.batch_size", Axis(low=2, high=64), 2, "low"),
        ("training.max_epochs", Axis(choices=(1, 5, 10)), 1, None),
        ("training.max_epochs", Axis(choices=(1, 5, 10)), 10, "high"),
        ("training.early_stopping.min_delta", Axis(low=0.0, high=0.1), 0.0, None),
        ("optimizer.learning_rate", Axis(low=1e-4, high=1e-2, log=True), 1e-4, "low"),
        ("inputs.select", Axis(low=1, high=9), 1, None),
        ("inputs.select", Axis(low=1, high=9), 9, None),
        ("inputs.select", Axis(low=1, high=8), 8, "high"),
    ],
)
def test_a_bound_that_the_key_has_itself_is_no_reason_to_search_beyond_it(answer, key, axis, best, side):
    trials = [trial(0, [0.5] * FOLDS), trial(1, [0.9] * FOLDS, values={key: best})]
    told, *_ = answer(trials, {"space": {key: axis}}, columns=9)
    assert [one["side"] for one in told["bounds"]] == ([] if side is None else [side])


def test_importance_finds_the_key_that_matters_and_says_what_the_forest_is_worth():
    def quality(values, draw):
        return -abs(math.log10(values["optimizer.learning_rate"]) + 2.5) + draw.normal(0, 0.05, 1)

    trials = random_trials(40, 1, quality)
    known = [dict(one.values) for one in trials[1:]]
    objective = np.array([one.objective[0] for one in trials[1:]])
    told = importance(known, objective, SPACE)
    first, *others = told.keys
    assert first == "optimizer.learning_rate"
    assert told.keys[first]["mean"] > 5 * max(abs(told.keys[key]["mean"]) for key in others)
    assert told.r2 > 0.7
    assert (told.trials, told.reason) == (39, "")
    exploded = np.where(objective == objective.min(), -1e9, objective)
    assert importance(known, exploded, SPACE) == told  # ranks alone count


def test_importance_of_noise_is_not_told_as_an_order():
    trials = random_trials(24, 1, lambda values, draw: draw.normal(size=1))
    told = importance(
        [dict(one.values) for one in trials[1:]], np.array([one.objective[0] for one in trials[1:]]), SPACE
    )
    assert told.r2 < 0.1
    assert "read no order out of it" in told.reason


def test_importance_needs_trials_and_several_values():
    few = importance([{"model.dropout": one / 10} for one in range(5)], np.arange(5.0), SPACE)
    assert (few.keys, few.r2, few.reason) == ({}, None, "not enough trials: 5, and 20 are needed for 1 key")
    assert importance([{"model.dropout": 0.1}] * 30, np.arange(30.0), SPACE).reason == "no key has several values"
    same = importance([{"model.dropout": one / 100} for one in range(30)], np.ones(30), SPACE)
    assert same.reason == "all trials have the same objective"
    nothing = importance([{"model.dropout": one / 100} for one in range(30)], np.full(30, np.nan), SPACE)
    assert nothing.trials == 0


def test_keys_become_numbers_for_the_forest():
    rate, hidden = Axis(low=1e-4, high=1e-2, log=True), Axis(choices=([16], [32, 16]))
    np.testing.assert_allclose(column_of([1e-3, None], rate), [math.log(1e-3), np.nan])
    np.testing.assert_allclose(column_of([[32, 16], [16], (16,), [8], None], hidden), [1, 0, 0, 2, np.nan])
    np.testing.assert_allclose(column_of([True, False], Axis(choices=(True, False))), [0, 1])


def auroc_of_noise(draw, *shape):
    """AUROCs, of the first sides of `shape`, of scores of as many rows as its last that know nothing of them."""
    half = shape[-1] // 2
    ranks = rankdata(draw.normal(size=shape), axis=-1)[..., :half]  # Mann and Whitney
    return (ranks.sum(axis=-1) - half * (half + 1) / 2) / half**2


def test_fifty_trials_of_noise_give_an_outer_score_of_one_half_and_an_inner_mean_that_is_optimistic():
    folds, rows, told = 10, 40, []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        trials = [trial(number, own.tolist()) for number, own in enumerate(auroc_of_noise(draw, 50, folds, rows))]
        metrics, predictions = scores_of_noise(auroc_of_noise(draw, folds, rows).tolist(), rows, draw)
        members = [Member(0, 0, fold) for fold in range(folds)]
        told.append(
            search_answer(
                Searched(
                    study_of(space={"model.dropout": Axis(low=0.0, high=0.5)}), members, trials, metrics, predictions
                )
            )
        )
    best, winners, outer = (
        np.array([one[key]["mean"] for one in told]) for key in ("best", "inner_of_winners", "outer")
    )
    assert abs(outer.mean() - 0.5) < 2 * sem(outer)
    # The expected largest of 50 normal means, of an AUROC's variance without signal: (n + m + 1) / (12 n m).
    deviation = math.sqrt((rows + 1) / (3 * rows**2) / folds)
    assert best.mean() == pytest.approx(0.5 + 2.249 * deviation, abs=3 * sem(best))
    assert (winners > best).all()
    assert all(one["optimism_of_winners"]["difference"] > one["optimism"]["difference"] for one in told)
    assert np.mean([one["optimism_of_winners"]["low"] > 0 for one in told]) > 0.9


def scores_of_noise(values, rows, draw):
    """`metrics.json` and predictions of folds with these scored AUROCs."""
    folds = len(values)
    fold, row = np.repeat(np.arange(folds, dtype=np.int32), rows), np.arange(folds * rows, dtype=np.int32)
    predictions = Predictions(
        row, np.zeros_like(row), fold, np.zeros(len(row), np.int64), np.full(len(row), "scored"), row % 2,
        draw.normal(size=(len(row), 1)).astype(np.float32), ("no", "yes"), "binary",
    )  # fmt: skip
    known = [{"seed": 0, "repeat": 0, "fold": place, "scored": {"auroc": value}, "train_rows": 9 * rows}
             for place, value in enumerate(values)]  # fmt: skip
    return {"folds": known, "scored": {}, "task": "binary", "framework": "lightning", "test": {}}, predictions
