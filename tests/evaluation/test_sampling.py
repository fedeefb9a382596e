import numpy as np
import pytest
from scipy.stats import norm

from evaluation.delong import components, interval, newcombe_interval
from evaluation.dependence import Dependence, cautions
from evaluation.metrics import METRICS, judge
from evaluation.sampling import sampling_intervals

TARGETS = np.arange(100) % 2


def logits(seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=100) + 2 * TARGETS - 1)[:, None]


def test_the_auroc_of_a_binary_task_has_delongs_interval_and_all_else_the_bootstraps():
    intervals = sampling_intervals([logits(0)], TARGETS, "binary", [0.0])
    assert list(intervals) == list(METRICS["binary"])
    assert {one["method"] for name, one in intervals.items() if name != "auroc"} == {
        "stratified BCa bootstrap, 10,000 resamples"
    }
    auroc = intervals["auroc"]
    assert auroc["method"] == "DeLong"
    assert (auroc["low"], auroc["high"]) == interval(components(logits(0)[:, 0], TARGETS))
    judged = judge(logits(0), TARGETS, "binary")
    assert all(one["low"] < judged[name] < one["high"] for name, one in intervals.items())


def test_a_repeat_that_says_the_same_changes_nothing_and_one_that_differs_steadies_the_mean():
    once = sampling_intervals([logits(0)], TARGETS, "binary", [0.0])
    twice = sampling_intervals([logits(0), logits(0)], TARGETS, "binary", [0.0, 0.0])
    mixed = sampling_intervals([logits(0), logits(1)], TARGETS, "binary", [0.0, 0.0])
    for name in METRICS["binary"]:
        width, same, less = (one[name]["high"] - one[name]["low"] for one in (once, twice, mixed))
        assert same == pytest.approx(width, abs=1e-9)
        assert less < width


def test_an_interval_follows_the_cut():
    low, high = (sampling_intervals([logits(0)], TARGETS, "binary", [cut])["recall"] for cut in (-1.0, 1.0))
    assert high["high"] < low["low"]


def test_classes_that_are_separated_perfectly_have_newcombes_interval_and_the_reason():
    auroc = sampling_intervals([10.0 * (2 * TARGETS[:, None] - 1)], TARGETS, "binary", [0.0])["auroc"]
    assert (auroc["low"], auroc["high"]) == newcombe_interval(1.0, 50, 50)
    assert auroc["method"] == "Newcombe"
    assert "perfect separation" in auroc["reason"]


def test_a_large_table_has_the_middle_of_its_resamples():
    targets = np.arange(2_001) % 2
    scores = np.random.default_rng(0).normal(size=(2_001, 1)) + targets[:, None]
    intervals = sampling_intervals([scores], targets, "binary", [0.0])
    assert intervals["f1"]["method"] == "stratified bootstrap, 10,000 resamples"


def test_what_is_undefined_in_some_resamples_says_so():
    few = np.where(np.arange(100) == 1, 1.0, -1.0)[:, None]  # one row is called positive
    precision = sampling_intervals([few], TARGETS, "binary", [0.0])["precision"]
    assert (precision["low"], precision["high"]) == (1.0, 1.0)
    assert "of the resamples, which are left out" in precision["reason"]


@pytest.mark.parametrize("targets", [np.zeros(10, int), np.eye(10, dtype=int)[3]])
def test_a_class_with_no_spread_has_no_delong_interval(targets):
    auroc = sampling_intervals([logits(0)[:10]], targets, "binary", [0.0])["auroc"]
    assert np.isnan(auroc["low"])
    assert auroc["reason"] == "a class has fewer than two rows"


def test_a_prediction_that_is_not_finite_leaves_every_interval_undefined():
    broken = logits(0)
    broken[3] = np.nan
    intervals = sampling_intervals([broken], TARGETS, "binary", [0.0])
    assert all(np.isnan(one["high"]) and "non-finite" in one["reason"] for one in intervals.values())


def test_rows_of_groups_have_intervals_that_hold_for_other_groups():
    """Patients of five visits: of 100 studies 95 should cover the truth. Rows taken as independent cover it too rarely.

    Half of a row's score is its patient's, and so is the class. The true AUROC is that of two normal distributions.
    """
    rng, patients, covered = np.random.default_rng(0), 60, {"rows": 0, "groups": 0}
    groups = np.repeat(np.arange(patients), 5).astype(np.int32)
    truth = norm.cdf(1 / np.sqrt(2))
    for _ in range(100):
        targets = (rng.permutation(patients) % 2)[groups]
        scores = targets + np.sqrt(0.5) * (rng.normal(size=patients)[groups] + rng.normal(size=len(groups)))
        for name, dependence in (("rows", Dependence()), ("groups", Dependence(groups))):
            auroc = sampling_intervals([scores[:, None]], targets, "binary", [0.0], dependence)["auroc"]
            covered[name] += auroc["low"] <= truth <= auroc["high"]
    assert covered["groups"] >= 90
    assert covered["rows"] <= 80


def test_all_metrics_of_groups_are_bootstrapped_and_say_of_how_many():
    groups = np.repeat(np.arange(25), 4).astype(np.int32)
    intervals = sampling_intervals([logits(0)], TARGETS, "binary", [0.0], Dependence(groups).of(np.arange(100)))
    assert {one["method"] for one in intervals.values()} == {"BCa bootstrap of 25 groups, 10,000 resamples"}
    assert cautions({"intervals": intervals}) == []


def test_few_groups_and_other_dependence_come_with_a_caution():
    few = Dependence(np.repeat(np.arange(50), 4).astype(np.int32)).of(np.arange(100, 120))
    assert few.groups.tolist() == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4
    intervals = sampling_intervals([logits(0)[:20]], TARGETS[:20], "binary", [0.0], few)
    assert cautions({"intervals": intervals}) == ["5 groups are few to resample: the truth is likely wider."]
    in_time = sampling_intervals([logits(0)], TARGETS, "binary", [0.0], Dependence(caution="rows follow each other"))
    assert cautions({"intervals": in_time}, {"intervals": intervals}, {}) == [
        "Rows follow each other.",
        "5 groups are few to resample: the truth is likely wider.",
    ]
