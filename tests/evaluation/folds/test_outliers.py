import numpy as np
import pytest
from imagined import CLASSES
from scipy import stats

from evaluation.choices.cuts import Cuts
from evaluation.folds.null_distribution import FALSE_ALARMS, limit_of_normal_folds, permutation_limits
from evaluation.folds.outliers import outliers, robust_deviation
from evaluation.intervals.dependence import Dependence
from evaluation.judging.judge import judge
from evaluation.predictions import Predictions

VALUES = np.array([0.91, 0.93, 0.92, 0.95, 0.60, 0.94, 0.90])


def cuts_of(fits) -> Cuts:
    return Cuts([(fit.seed, fit.repeat, fit.fold) for fit in fits], np.zeros(len(fits)), {})


def healthy_study(rng, folds=10, rows=300, apart=2.5):
    """A study whose folds differ by luck alone: every row's logit comes from the same two normal distributions."""
    target = (np.arange(rows) % 3 == 0).astype(np.int32)
    fold = np.empty(rows, np.int32)
    for name in (0, 1):
        mine = rng.permutation(np.flatnonzero(target == name))
        fold[mine] = np.arange(len(mine)) % folds
    logits = (apart * rng.normal(size=rows) + (2 * target - 1) * apart**2 / 2)[:, None].astype(np.float32)
    repeat, seed, role = np.zeros(rows, np.int32), np.zeros(rows, np.int64), np.full(rows, "scored")
    row = np.arange(rows, dtype=np.int32)
    return Predictions(row, repeat, fold, seed, role, target, logits, CLASSES["binary"], "binary")


def odd_folds(scored):
    """The folds that `outliers` finds, each with its metrics judged at 0.5."""
    folds = []
    for seed, repeat, fold in scored.members():
        mine = scored.of_member(seed, repeat, fold)
        values = judge(mine.logits, mine.target, "binary", mine.classes)
        folds.append({"seed": seed, "repeat": repeat, "fold": fold, "scored": values})
    return {one["fold"] for one in outliers(folds, scored, Cuts(scored.members(), np.zeros(len(folds)), {}))}


@pytest.mark.parametrize("apart", [1.0, 3.5])  # an AUROC of 0.76, and one of 0.993, where most folds are perfect
def test_a_healthy_study_has_an_odd_fold_about_as_often_as_it_may(apart):
    """Of 60 studies 3 are expected; 8 or more have a chance of 1 %. The rule of 3.5 alone alarms in 31 and 55."""
    rng = np.random.default_rng(3)
    alarms = sum(bool(odd_folds(healthy_study(rng, apart=apart))) for _ in range(60))
    assert alarms < 8


def test_a_planted_outlier_is_found_in_nearly_every_study():
    rng, found = np.random.default_rng(4), 0
    for _ in range(20):
        study = healthy_study(rng)
        mine = np.flatnonzero(study.fold == 6)
        study.logits[rng.choice(mine, len(mine) // 3, replace=False)] *= -1  # a third of its labels are wrong
        found += 6 in odd_folds(study)
    assert found >= 18


def test_a_planted_outlier_is_found_in_a_large_study_of_which_a_part_is_dealt(monkeypatch):
    """A tenth of its labels is wrong: odd among folds of 1,000 rows, not among the 50 that are dealt of each."""
    monkeypatch.setattr("evaluation.folds.permutations.CELLS", 10**5)
    study = healthy_study(np.random.default_rng(4), rows=10_000)
    study.logits[np.flatnonzero(study.fold == 6)[::10]] *= -1
    assert odd_folds(study) == {6}


def test_of_normal_folds_as_many_exceed_the_reach_of_luck_as_may():
    """Three metrics, two of them the same: the family is two, which Bonferroni's correction would not see."""
    rng = np.random.default_rng(5)

    def metrics(deals):
        one, other = rng.normal(size=(2, deals, 10))
        return {"loss": one, "brier": 3 * one, "auroc": other}

    reach = permutation_limits(metrics(20_000))
    fresh = {name: np.abs(v - np.median(v, axis=1, keepdims=True)) for name, v in metrics(20_000).items()}
    alarms = np.any([np.any(values > reach[name], axis=1) for name, values in fresh.items()], axis=0)
    assert alarms.mean() == pytest.approx(FALSE_ALARMS, abs=0.007)
    assert reach["brier"] == pytest.approx(3 * reach["loss"])
    single = stats.norm.isf((1 - 0.975 ** (1 / 10)) / 2)  # each family at half the level, ten independent folds
    assert reach["auroc"] == pytest.approx(single, rel=0.05)  # the median moves a little, too


@pytest.mark.filterwarnings("error")
def test_a_metric_that_no_deal_has_is_passed_over_in_silence():
    values = np.random.default_rng(5).normal(size=(500, 10))
    absent = {"precision": np.full((500, 10), np.nan)}
    assert permutation_limits({"loss": values} | absent) == permutation_limits({"loss": values}) | {"precision": 0.0}
    values[3] = np.nan
    assert np.isfinite(permutation_limits({"loss": values})["loss"])


@pytest.mark.parametrize("folds", [5, 10, 30])
def test_of_studies_with_normal_folds_as_many_as_may_have_one_beyond_the_reach_of_normal_folds(folds):
    """One metric of folds that are normal, with scipy's deviation; the rule of 3.5 alarms in 9 to 20 % of them."""
    values = np.random.default_rng(6).normal(size=(20_000, folds))
    distances = np.abs(values - np.median(values, axis=1, keepdims=True)).max(axis=1)
    farthest = distances / stats.median_abs_deviation(values, axis=1, scale="normal")
    assert np.mean(farthest > limit_of_normal_folds(folds, 1)) == pytest.approx(FALSE_ALARMS, abs=0.006)
    assert np.mean(farthest > limit_of_normal_folds(folds, 9)) == pytest.approx(FALSE_ALARMS / 9, abs=0.002)
    assert np.mean(farthest > 3.5) > 0.08


def test_where_rows_hang_together_a_fold_has_to_lie_apart_as_normal_folds_seldom_do(imagine, judged):
    predictions, fits = imagine(folds=10, rows=600)
    mine = (predictions.fold == 3) & (predictions.role == "scored")
    predictions.logits[mine] *= -1
    alone, together = (judged(predictions, fits, dependence=Dependence(caution=said))["outliers"] for said in ("", "x"))
    assert 0 < len(together) <= len(alone)
    reach = limit_of_normal_folds(10, 9)
    assert all(abs(one["deviations"]) > reach for one in together)
    for one in together:
        assert one["luck"] == pytest.approx(reach * (one["value"] - one["median"]) / one["deviations"])


def test_the_deviation_is_scipys_median_absolute_deviation():
    expected = stats.median_abs_deviation(VALUES, scale="normal")
    assert robust_deviation(VALUES) == pytest.approx(expected, rel=1e-4)  # 1.4826 is rounded


def test_more_than_half_equal_values_are_measured_by_the_mean_absolute_deviation():
    values = np.array([1.0, 1.0, 1.0, 1.0, 0.9])
    assert robust_deviation(values) == pytest.approx(1.253314 * 0.02)
    assert robust_deviation(np.ones(5)) == 0.0


def test_an_undefined_fold_does_not_count():
    assert robust_deviation(np.append(VALUES, np.nan)) == robust_deviation(VALUES)


def test_a_broken_fold_is_found_and_its_worst_rows_are_blamed(imagine, judged):
    predictions, fits = imagine(folds=8, rows=500)
    place = np.flatnonzero((predictions.fold == 3) & (predictions.role == "scored"))
    predictions.logits[place] *= -1
    predictions.logits[place[7]] = -30 * (2 * predictions.target[place[7]] - 1)
    found = judged(predictions, fits)["outliers"]
    assert found[0]["fold"] == 3
    loss = next(one for one in found if one["metric"] == "loss")
    assert loss["deviations"] > 3.5
    assert loss["value"] - loss["median"] > loss["luck"] > 0
    assert loss["value"] > loss["median"]
    assert loss["rows"][0]["row"] == predictions.row[place[7]]
    assert [row["loss"] for row in loss["rows"]] == sorted((row["loss"] for row in loss["rows"]), reverse=True)
    assert set(loss["rows"][0]) == {"row", "target", "prediction", "probability", "loss"}
    assert [abs(one["deviations"]) for one in found] == sorted((abs(one["deviations"]) for one in found), reverse=True)


def test_a_fold_that_is_oddly_good_has_no_rows_to_blame(imagine, judged):
    predictions, fits = imagine(folds=8, rows=500)
    mine = (predictions.fold == 3) & (predictions.role == "scored")
    predictions.logits[mine] = 20.0 * (2 * predictions.target[mine][:, None] - 1)
    found = judged(predictions, fits)["outliers"]
    assert found
    assert {one["fold"] for one in found} == {3}
    assert all(one["rows"] == [] for one in found)


def test_few_folds_and_folds_of_one_row_have_no_outliers(imagine, judged):
    for shape in ({"folds": 4}, {"folds": 80}, {"folds": 1}):
        predictions, fits = imagine(**shape)
        predictions.logits[predictions.fold == 0] *= -20
        assert judged(predictions, fits)["outliers"] == []


def test_a_metric_that_too_few_folds_have_is_passed_over(imagine):
    predictions, fits = imagine(folds=6)
    folds = [
        {"seed": 0, "repeat": 0, "fold": fit.fold, "scored": dict.fromkeys(["loss", "auroc"], float("nan"))}
        for fit in fits
    ]
    for fold in folds:
        fold["scored"] |= dict.fromkeys(
            ["average_precision", "f1", "precision", "recall", "specificity", "accuracy", "brier"], float("nan")
        )
    assert outliers(folds, predictions.of_role("scored"), cuts_of(fits)) == []
