import numpy as np
import pytest
from scipy.stats import binomtest, norm

from evaluation.intervals.delong import components, interval, newcombe_interval
from evaluation.intervals.dependence import Dependence, cautions
from evaluation.intervals.sampling import sampling_intervals
from evaluation.judging.catalogue import METRICS
from evaluation.judging.judge import judge

TARGETS = np.arange(100) % 2


def logits(seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=100) + 2 * TARGETS - 1)[:, None]


SHARES = ["f1", "precision", "recall", "specificity", "accuracy"]


def test_the_auroc_of_a_binary_task_has_delongs_interval_shares_have_wilsons_and_all_else_the_bootstraps():
    intervals = sampling_intervals([logits(0)], TARGETS, "binary", [0.0])
    assert list(intervals) == list(METRICS["binary"])
    assert [name for name, one in intervals.items() if one["method"] == "Wilson"] == SHARES
    for name in ("loss", "average_precision", "brier"):
        assert intervals[name]["method"] == "BCa bootstrap, 10,000 resamples"
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
        assert less < width or name in SHARES


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
    assert intervals["loss"]["method"] == "bootstrap, 10,000 resamples"


@pytest.mark.parametrize(("positives", "said"), [(3, True), (4, True), (5, False), (9, False)])
def test_what_is_undefined_in_more_than_a_few_resamples_says_so(positives, said):
    """Of 10,000 resamples about 475, 169, 59 and 1 have none of 3, 4, 5 and 9 positives of 100 rows."""
    found = sampling_intervals([logits(0)], np.arange(100) < positives, "binary", [0.0])["average_precision"]
    assert ("of the resamples, which are left out" in found.get("reason", "")) == said
    assert found["low"] < found["high"]


@pytest.mark.parametrize("passes", [1, 3])
def test_rows_that_are_all_right_have_intervals_with_a_width_or_none_and_the_reason(passes):
    perfect, targets = 10.0 * (2 * TARGETS[:36, None] - 1), TARGETS[:36]
    intervals = sampling_intervals([perfect] * passes, targets, "binary", [0.0] * passes)
    for name, rows in {"accuracy": 36, "precision": 18, "recall": 18, "specificity": 18}.items():
        known = binomtest(rows, rows).proportion_ci(method="wilson")
        assert (intervals[name]["low"], intervals[name]["high"]) == pytest.approx(tuple(known))
    for name in ("loss", "average_precision", "brier"):
        assert np.isnan([intervals[name]["low"], intervals[name]["high"]]).all()
        assert intervals[name]["reason"].startswith("the resamples hardly differ")


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_a_metric_that_no_resample_moves_has_no_interval_in_any_task(task):
    targets = np.arange(36) % 3
    predicted = 9.0 * np.eye(3)[targets] if task == "multiclass" else targets[:, None].astype(float)
    intervals = sampling_intervals([predicted], targets, task, [0.0])
    assert [name for name, one in intervals.items() if np.isfinite(one["low"])] == ["accuracy"] * (task == "multiclass")
    assert all("reason" in one for name, one in intervals.items() if name != "accuracy")


def test_a_metric_that_is_undefined_has_no_interval_and_the_reason():
    intervals = sampling_intervals([np.full((100, 1), -1.0)], TARGETS, "binary", [0.0])
    assert np.isnan(intervals["precision"]["high"])
    assert intervals["precision"]["reason"] == "the metric is undefined"


def test_intervals_hold_the_truth_of_other_rows_with_another_number_of_positives(monkeypatch):
    """Of 150 studies 143 are expected to. With the number of positives held still, 116 to 137 did."""
    monkeypatch.setattr("evaluation.intervals.sampling.num_resamples", lambda *_: 1_000)
    rng = np.random.default_rng(1)

    def study(rows: int) -> tuple[np.ndarray, np.ndarray]:
        targets = (rng.random(rows) < 0.1).astype(int)
        return (rng.normal(size=rows) + 2 * targets - 1)[:, None], targets

    truth = judge(*study(1_000_000), "binary")
    held = dict.fromkeys(["precision", "f1", "average_precision"], 0)
    for _ in range(150):
        rows, targets = study(300)
        intervals = sampling_intervals([rows], targets, "binary", [0.0])
        for name in held:
            held[name] += intervals[name]["low"] <= truth[name] <= intervals[name]["high"]
    assert min(held.values()) >= 136


def test_resamples_of_equal_targets_leave_r2_undefined_and_not_at_minus_infinity():
    targets = np.append(np.full(60, 0.1), [3.7, 2.9]).astype(np.float32)
    predicted = (targets + np.random.default_rng(3).normal(0, 0.3, 62)).astype(np.float32)[:, None]
    r2 = sampling_intervals([predicted], targets, "regression", [0.0])["r2"]
    assert -1 < r2["low"] < r2["high"] < 1
    assert "of the resamples, which are left out" in r2["reason"]  # about 1,353: neither of the two was drawn


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


@pytest.mark.slow
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
