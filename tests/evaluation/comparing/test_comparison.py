import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from imagined import candidate, noisy
from scipy import stats

from evaluation.comparing.candidate import Candidate, of_finite_folds
from evaluation.comparing.comparison import compare, pairs_of_one_kind
from evaluation.comparing.comparison_twins import without_twins
from evaluation.judging.catalogue import METRICS


@pytest.fixture
def three(imagine) -> list[Candidate]:
    """A net, one that is hardly another one, and a much worse one."""
    predictions, _ = imagine("binary", folds=8, rows=420)
    versions = {"good": predictions, "alike": noisy(predictions, 1e-3), "bad": noisy(predictions, 12.0)}
    return [candidate(name, version) for name, version in versions.items()]


def test_of(compared: dict, a: str, b: str, metric: str) -> dict:
    (found,) = [one for one in compared["comparisons"] if (one["a"], one["b"], one["metric"]) == (a, b, metric)]
    return found


test_of.__test__ = False


def test_every_pair_is_compared_in_every_metric(three):
    compared = compare(three)
    pairs = [(one["a"], one["b"], one["metric"]) for one in compared["comparisons"]]
    names = [one.name for one in three]
    assert pairs == [(*pair, metric) for pair in combinations(names, 2) for metric in METRICS["binary"]]
    assert [(one["a"], one["b"]) for one in compared["pooled_auroc"]] == list(combinations(names, 2))


def test_a_difference_is_that_of_the_means_and_its_p_the_corrected_t_tests(three):
    found = test_of(compare(three), "good", "bad", "accuracy")
    one, other = (three[index].values("accuracy") for index in (0, 2))
    folds, ratio = len(one), 50 / 80  # 400 rows in 8 folds, 80 training rows in the fixture
    error = np.std(one - other, ddof=1) * np.sqrt(1 / folds + ratio)
    assert found["difference"] == pytest.approx(one.mean() - other.mean())
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(np.mean(one - other)) / error, folds - 1))
    assert found["a_better"] == pytest.approx(stats.t.sf((0.01 - np.mean(one - other)) / error, folds - 1))


def test_the_verdicts(three):
    compared = compare(three, ["auroc"])
    verdicts = {(one["a"], one["b"]): (one["verdict"], one["winner"]) for one in compared["comparisons"]}
    assert verdicts["good", "alike"] == ("practically equivalent", None)
    assert verdicts["good", "bad"] == ("better", "good")


def test_lower_is_better_for_losses(three):
    compared = compare(three, ["loss", "brier", "auroc"])
    for metric in ("loss", "brier", "auroc"):
        one = test_of(compared, "good", "bad", metric)
        assert one["a_better"] > 0.9 > 0.1 > one["b_better"], metric
    assert (
        test_of(compared, "good", "bad", "loss")["difference"]
        < 0
        < test_of(compared, "good", "bad", "auroc")["difference"]
    )


def test_a_probable_difference_that_many_comparisons_explain_is_only_probably_better(imagine):
    predictions, _ = imagine("binary", folds=8, rows=420)
    base = candidate("base", predictions)
    shifted = candidate("shifted", predictions)
    gain = np.array([0.05, 0.02, 0.01, 0.06, 0.04, 0.00, 0.05, 0.03])
    for fold, extra in zip(shifted.metrics["folds"], gain, strict=True):
        fold["scored"]["accuracy"] += extra
        fold["train_rows"] = 800
    for fold in base.metrics["folds"]:
        fold["train_rows"] = 800
    alone = test_of(compare([shifted, base], ["accuracy"], rope=0.001), "shifted", "base", "accuracy")
    among = test_of(compare([shifted, base], rope=0.001), "shifted", "base", "accuracy")
    assert (alone["verdict"], alone["winner"]) == ("better", "shifted")
    assert among["p_holm"] == pytest.approx(9 * alone["p"])
    assert (among["verdict"], among["winner"]) == ("probably better", "shifted")


def test_p_values_are_corrected_over_all_that_is_compared(three):
    compared = compare(three, ["auroc", "f1"])
    p, holm = ([one[key] for one in compared["comparisons"]] for key in ("p", "p_holm"))
    assert len(p) == 6
    assert min(holm) == pytest.approx(6 * min(p))
    assert all(corrected >= plain for corrected, plain in zip(holm, p, strict=True))


def test_the_rope_of_an_error_in_the_targets_units_is_a_share_of_the_errors(imagine):
    predictions, _ = imagine("regression", folds=4)
    both = [candidate("a", predictions), candidate("b", noisy(predictions, 0.1))]
    compared = compare(both, rope=0.05)
    mean = np.mean([one.values("rmse") for one in both])
    assert test_of(compared, "a", "b", "rmse")["rope"] == pytest.approx(0.05 * mean)
    assert test_of(compared, "a", "b", "r2")["rope"] == 0.05
    assert compared["pooled_auroc"] == []


def test_a_brier_score_that_doubles_is_a_practical_difference(imagine):
    both = [candidate(name, imagine("binary", folds=8)[0]) for name in ("a", "b")]
    for one, score in zip(both, (0.010, 0.019), strict=True):
        for fold in one.metrics["folds"]:
            fold["scored"]["brier"] = score + 0.0005 * fold["fold"]
    found = test_of(compare(both), "a", "b", "brier")
    assert (found["verdict"], found["winner"]) == ("better", "a")


def test_probabilities_do_not_depend_on_the_unit_of_the_target(imagine):
    predictions, _ = imagine("regression", folds=4)
    found = []
    for scale in (1.0, 1000.0):
        versions = [
            replace(one, logits=one.logits * np.float32(scale), target=one.target * np.float32(scale))
            for one in (predictions, noisy(predictions, 0.1))
        ]
        compared = compare([candidate(name, one) for name, one in zip("ab", versions, strict=True)], ["rmse"])
        found.append([compared["comparisons"][0][name] for name in ("p", "a_better", "equivalent", "b_better")])
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_a_metric_that_a_fold_leaves_undefined_is_not_compared_and_not_counted(three):
    three[0].metrics["folds"][2]["scored"]["auroc"] = None
    compared = compare(three[:2], ["auroc", "f1"])
    auroc, f1 = compared["comparisons"]
    assert (auroc["verdict"], auroc["p"], auroc["p_holm"], auroc["difference"]) == ("undefined", None, None, None)
    assert f1["p_holm"] == f1["p"]
    json.dumps(compared, allow_nan=False)


def test_folds_are_paired_by_their_key_and_not_by_their_place(three):
    here = compare(three)
    three[1].metrics["folds"].reverse()
    assert compare(three) == here


def test_an_unknown_metric_and_a_negative_rope_are_told(three):
    with pytest.raises(ValueError, match="--metric aurok: is not measured; did you mean 'auroc'"):
        compare(three, ["aurok"])
    with pytest.raises(ValueError, match="--rope must be a number >= 0, received -1"):
        compare(three, rope=-1)


def of_runs(candidate: Candidate, *places: str) -> list[Candidate]:
    """`of_runs(one, "a/lightning", "b/tensorflow")`: the same numbers as if these had reached them."""
    return [replace(candidate, name=place, run=place[0], framework=place[2:]) for place in places]


@pytest.mark.parametrize(
    ("places", "pairs"),
    [
        ("a/lightning a/tensorflow", "a/lightning-a/tensorflow"),
        (
            "a/lightning a/tensorflow b/lightning b/tensorflow",
            "a/lightning-a/tensorflow a/lightning-b/lightning a/tensorflow-b/tensorflow b/lightning-b/tensorflow",
        ),
        ("a/lightning b/tensorflow", "a/lightning-b/tensorflow"),
        ("a/lightning a/tensorflow b/tensorflow", "a/lightning-a/tensorflow a/tensorflow-b/tensorflow"),
    ],
)
def test_a_pair_differs_in_the_run_or_in_the_framework_and_in_both_only_if_it_must(three, places, pairs):
    found = pairs_of_one_kind(of_runs(three[0], *places.split()))
    assert [f"{one.name}-{other.name}" for one, other in found] == pairs.split()


def test_of_several_runs_twins_that_agree_are_compared_once(three):
    good, _, bad = three
    runs = [*of_runs(good, "a/lightning", "a/tensorflow"), *of_runs(bad, "b/lightning", "b/tensorflow")]
    kept, left = without_twins(runs)
    assert [one.name for one in kept] == ["a/lightning", "b/lightning"]
    assert [one.name for one in left] == ["a/tensorflow", "b/tensorflow"]
    assert {(one["a"], one["b"]) for one in compare(kept)["comparisons"]} == {("a/lightning", "b/lightning")}


def test_twins_stay_if_they_differ_or_are_named_or_are_all_there_is(three):
    good, _, bad = three
    apart = [*of_runs(good, "a/lightning"), *of_runs(bad, "a/tensorflow"), *of_runs(good, "b/lightning")]
    assert without_twins(apart) == (apart, [])
    named = of_runs(good, "a/lightning", "a/tensorflow", "b/lightning")
    assert without_twins(named, [named[1]]) == (named, [])
    assert without_twins(named[:2]) == (named[:2], [])


def test_the_framework_that_most_runs_have_stands_for_the_other_one(three):
    runs = of_runs(three[0], "a/lightning", "a/tensorflow", "b/tensorflow", "c/tensorflow")
    assert [one.name for one in without_twins(runs)[0]] == ["a/tensorflow", "b/tensorflow", "c/tensorflow"]


def seeds_of_two(imagine) -> tuple[Candidate, Candidate]:
    """Two nets with three seeds on each of six folds."""
    predictions, _ = imagine("binary", folds=6, rows=320, seeds=3)
    return candidate("good", predictions), candidate("bad", noisy(predictions, 2.0))


def by_fold(one: Candidate, metric: str) -> np.ndarray:
    values = {(fold["seed"], fold["fold"]): fold["scored"][metric] for fold in one.metrics["folds"]}
    return np.array([[values[seed, fold] for fold in range(6)] for seed in range(3)])


def test_a_fold_of_several_seeds_is_one_pair_with_their_means(imagine):
    good, bad = seeds_of_two(imagine)
    compared = compare([good, bad])
    assert compared["folds"] == 6
    found = test_of(compared, "good", "bad", "auroc")
    gaps = by_fold(good, "auroc").mean(axis=0) - by_fold(bad, "auroc").mean(axis=0)
    error = gaps.std(ddof=1) * np.sqrt(1 / 6 + 50 / 80)
    assert found["difference"] == pytest.approx(gaps.mean())
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(gaps.mean()) / error, 5))


def test_a_candidate_of_several_seeds_shows_its_spread_by_fold_and_by_seed(imagine):
    good, bad = seeds_of_two(imagine)
    alone = bad.predictions.select(bad.predictions.seed == 0)
    metrics = bad.metrics | {"folds": [one for one in bad.metrics["folds"] if one["seed"] == 0]}
    one = replace(bad, name="one seed", predictions=alone, metrics=metrics)
    compared = compare([good, one])
    spread, single = (candidate["spreads"] for candidate in compared["candidates"])
    table = by_fold(good, "auroc")
    assert spread["seeds"] == [0, 1, 2]
    assert spread["auroc"] == {
        "std_over_folds": pytest.approx(table.mean(axis=0).std(ddof=1)),
        "std_over_seeds": pytest.approx(table.mean(axis=1).std(ddof=1)),
        "ensemble": None,
    }
    assert single["auroc"]["std_over_folds"] == pytest.approx(by_fold(bad, "auroc")[0].std(ddof=1))
    assert single["auroc"]["std_over_seeds"] is None
    assert "spreads" not in compare([one, replace(one, name="again")])["candidates"][0]
    assert len(compare([good, one])["pooled_auroc"]) == 1


def test_a_fold_that_failed_for_one_seed_is_left_out_with_all_of_them(imagine):
    predictions, _ = imagine("binary", folds=6, rows=320, seeds=3)
    broken = predictions.logits.copy()
    broken[(predictions.fold == 4) & (predictions.seed == 2)] = np.nan
    pair = [candidate("whole", predictions), candidate("broken", replace(predictions, logits=broken))]
    kept, caution = of_finite_folds(pair)
    assert [one.folds for one in kept] == [[(0, fold) for fold in (0, 1, 2, 3, 5)]] * 2
    assert all(len(one.predictions.row) == 3 * 250 for one in kept)
    assert caution.startswith("1 of 6 folds has predictions that are not finite")
    assert compare(kept)["folds"] == 5
