"""Ranking of learners over the same folds, against SciPy and numbers worked by hand."""

from itertools import combinations

import numpy as np
import pytest
from imagined import candidate_of
from scipy import stats

from evaluation.comparing.ranking import rank

FOLDS = np.array([0.90, 0.92, 0.88, 0.91, 0.93, 0.89, 0.90, 0.92, 0.91, 0.90])
VALUES = {
    "good": FOLDS,
    "twin": FOLDS[::-1].copy(),
    "near": FOLDS - 0.001,
    "bad": FOLDS - 0.3 + 0.01 * np.sin(np.arange(10)),
}


def ranked(values, metric="auroc", **more):
    return rank([candidate_of(name, one, metric, **more) for name, one in values.items()], metric)


def test_the_best_is_first_ties_share_a_rank_and_the_worst_is_worse():
    found = ranked(VALUES)
    assert [(one.candidate.name, one.rank, one.verdict, one.ties) for one in found] == [
        ("good", 1, "best", True),
        ("twin", 1, "best", True),
        ("near", 3, "practically equivalent", False),
        ("bad", 4, "worse", False),
    ]


def test_p_values_are_scipys_corrected_for_shared_rows_and_by_holm_for_all_pairs_of_the_table():
    values = {name: one + 0.02 * np.cos(7 * place + np.arange(10)) for place, (name, one) in enumerate(VALUES.items())}
    found = ranked(values)
    order, p = [one.candidate.name for one in found], {}
    for one, other in combinations(order, 2):
        d = values[one] - values[other]
        t = d.mean() / (d.std(ddof=1) * np.sqrt(1 / 10 + 10 / 90))  # 10 scored rows of a fold to 90 training rows
        p[one, other] = 2 * stats.t.sf(abs(t), 9)
    by_size = sorted(p, key=p.get)
    holm = np.minimum(np.maximum.accumulate([p[pair] * (6 - place) for place, pair in enumerate(by_size)]), 1)
    expected = dict(zip(by_size, holm, strict=True))
    for one in found[1:]:
        assert one.against["p"] == pytest.approx(p[order[0], one.candidate.name], rel=1e-9)
        assert one.against["p_holm"] == pytest.approx(expected[order[0], one.candidate.name], rel=1e-9)
        assert one.against["difference"] == pytest.approx((values[one.candidate.name] - values[order[0]]).mean())


def test_an_error_is_sorted_the_other_way():
    found = ranked({name: 10 * one for name, one in VALUES.items()}, "rmse")
    assert [one.candidate.name for one in found] == ["bad", "near", "good", "twin"]


def test_a_learner_with_a_failed_fold_or_an_undefined_one_has_no_rank():
    gap = np.array([np.nan, *FOLDS[1:]])
    candidates = [candidate_of(name, one, "auroc") for name, one in {**VALUES, "gap": gap}.items()]
    candidates.append(candidate_of("broken", FOLDS + 0.05, "auroc", failed=[3]))
    found = rank(candidates, "auroc")
    assert [one.candidate.name for one in found[-2:]] == ["gap", "broken"]
    assert [(one.rank, one.verdict, one.ties) for one in found[-2:]] == [
        (None, "undefined", False),
        (None, "1 of 10 folds failed", False),
    ]


def test_one_learner_is_best_and_a_metric_that_is_not_there_is_refused():
    (one,) = ranked({"good": FOLDS})
    assert (one.rank, one.verdict, one.against) == (1, "best", {})
    with pytest.raises(ValueError, match="auroc is not measured in good"):
        rank([candidate_of("good", FOLDS, "rmse")], "auroc")
