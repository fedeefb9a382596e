"""Permutation importance from scores: drops, their mean over folds with an interval, and correlated columns."""

import numpy as np
import pytest
from imagined import history_of
from pages import read_page, tables, text
from scipy.stats import spearmanr, t

from evaluation.importance import correlated, importance, main_metric
from reporting.page.blocks import Grid
from reporting.page.part import BOTH, Part
from reporting.page.report import is_narrow
from reporting.page.sections.importance import importance_blocks

KEYS = [(0, 0, 0), (0, 0, 1), (0, 0, 2)]
METRICS, COLUMNS, RATIO = ("auroc", "loss"), ("age", "dose"), 0.25


def scores_of(base, drops):
    """`(members, metrics, 1 + columns x 2)`: auroc falls and loss rises by `drops` `(members, columns, 2)`."""
    drops = np.asarray(drops, float).reshape(len(base), -1)
    auroc = np.column_stack([base, np.asarray(base)[:, None] - drops])
    return np.stack([auroc, 1.0 - auroc], axis=1)


def test_the_importance_is_how_much_worse_a_metric_gets_in_its_own_direction():
    scores = scores_of([0.9, 0.8, 0.7], [[[0.1, 0.3], [0, 0]], [[0.2, 0.2], [0, 0.02]], [[0.4, 0.2], [0, 0]]])
    found = importance(scores, KEYS, RATIO, METRICS, COLUMNS)
    assert [one["column"] for one in found["columns"]] == ["age", "dose"]
    assert (found["repeats"], found["folds"][2]) == (2, {"repeat": 0, "fold": 2})
    for metric in METRICS:
        np.testing.assert_allclose(found["columns"][0][metric]["folds"], [0.2, 0.2, 0.3])
        np.testing.assert_allclose(found["columns"][1][metric]["folds"], [0, 0.01, 0], atol=1e-12)
    values = np.array([0.2, 0.2, 0.3])
    half = t.ppf(0.975, 2) * values.std(ddof=1) * np.sqrt(1 / 3 + RATIO)  # Nadeau and Bengio 2003
    told = found["columns"][0]["auroc"]
    np.testing.assert_allclose([told["mean"], told["low"], told["high"]], values.mean() + half * np.array([0, -1, 1]))


def test_a_fold_counts_once_with_the_mean_over_its_seeds():
    keys = [(seed, 0, fold) for seed in (0, 1) for fold in range(2)]
    drops = [[[0.1, 0.1], [0, 0]], [[0.2, 0.2], [0, 0]], [[0.3, 0.3], [0, 0]], [[0.2, 0.2], [0, 0]]]
    found = importance(scores_of([0.9] * 4, drops), keys, RATIO, METRICS, COLUMNS)
    np.testing.assert_allclose(found["columns"][0]["auroc"]["folds"], [0.2, 0.2])


def test_a_failed_fold_is_left_out_and_an_undefined_score_is_told():
    scores = scores_of([0.9, 0.8, 0.7], np.full((3, 2, 2), 0.1))
    scores[1] = np.nan
    scores[2, 0, 3] = np.nan  # the first order of the second column
    found = importance(scores, KEYS, RATIO, METRICS, COLUMNS)
    assert [fold["fold"] for fold in found["folds"]] == [0, 2]
    assert found["columns"][0]["auroc"]["mean"] == pytest.approx(0.1)
    undefined = found["columns"][1]["auroc"]
    assert (undefined["mean"], undefined["low"], undefined["reason"]) == (None, None, "undefined in 1 of 2 folds")
    scores[:, 0] = np.nan
    found = importance(scores, KEYS, RATIO, METRICS, COLUMNS)
    assert main_metric(METRICS, found["columns"]) == "loss"
    assert importance(np.full_like(scores, np.nan), KEYS, RATIO, METRICS, COLUMNS)["folds"] == []


def test_one_fold_has_no_interval():
    told = importance(scores_of([0.9], np.full((1, 2, 2), 0.1)), KEYS[:1], RATIO, METRICS, COLUMNS)["columns"][0]
    assert told["auroc"]["mean"] == pytest.approx(0.1)
    assert (told["auroc"]["low"], told["auroc"]["reason"]) == (None, "one fold has no spread")


def test_columns_whose_ranks_go_together_are_named_with_their_rank_correlation():
    rng = np.random.default_rng(0)
    one = rng.lognormal(size=200)
    near, level = one**2 + 0.1 * rng.random(200), rng.integers(0, 2, 200).astype(float)
    columns = np.column_stack([one, rng.normal(size=200), -near, level, 1 - level, level, np.ones(200)])
    names = ["dose", "noise", "square", "sex", "sex", "gender", "constant"]
    found = {tuple(pair["columns"]): pair["correlation"] for pair in correlated(columns, names)}
    assert set(found) == {("dose", "square"), ("sex", "gender")}
    assert found["dose", "square"] == pytest.approx(spearmanr(one, -near).statistic)
    assert abs(found["sex", "gender"]) == pytest.approx(1.0)


@pytest.fixture
def shown(imagine, judged):
    """`shown(importance, ...)`: the blocks of the page for as many frameworks."""

    def make(*known):
        predictions, fits = imagine(folds=3)
        metrics = judged(predictions, fits)
        names = ("lightning", "tensorflow")
        return importance_blocks(
            {name: Part(metrics, predictions, history_of(fits), one) for name, one in zip(names, known, strict=False)}
        )

    return make


def told(drop, pairs=()):
    scores = scores_of([0.9, 0.8, 0.7], np.array([drop, drop + 0.1, drop])[:, None, None] * [[1, 1], [0, 0]])
    named = [{"columns": list(pair), "correlation": 0.95} for pair in pairs]
    return importance(scores, KEYS, RATIO, METRICS, COLUMNS) | {"rows": "scored", "correlated": named}


def test_frameworks_that_agree_share_a_figure_and_a_table_and_others_have_their_own(shown):
    one, *rest = shown(told(0.2), told(0.2003))
    assert list(one.blocks[0].svgs) == [BOTH]
    assert "Both frameworks; largest difference 0.0003" in one.blocks[0].note or "0.0004" in one.blocks[0].note
    assert [block.kind for block in rest] == ["grid", "facts"]
    one, *rest = shown(told(0.2), told(0.3))
    assert list(one.blocks[0].svgs) == ["lightning", "tensorflow"]
    assert [block.caption for block in rest[:2]] == [f"Permutation importance, {name}" for name in one.blocks[0].svgs]


@pytest.mark.parametrize(("metrics", "narrow"), [(2, True), (4, False)])
def test_the_intervals_of_many_metrics_need_the_whole_width(metrics, narrow):
    columns = ["", *("drop in AUROC",) * metrics]
    assert is_narrow(Grid("Permutation importance", columns, [], dense=True)) is narrow


def test_what_was_not_measured_is_not_shown(shown):
    assert shown({}, {}) == []


def test_the_caveat_names_correlated_columns(shown):
    *_, facts = shown(told(0.2, [("age", "dose")]))
    assert dict(facts.items)["Correlated columns"][0] == "Rank correlation beyond 0.9: age and dose (0.950)."
    *_, facts = shown(told(0.2))
    assert "Correlated columns" not in dict(facts.items)


def test_the_page_of_the_default_study_has_the_importance_of_both_frameworks(default_run):
    run, _ = default_run
    page = read_page((run.root / "report.html").read_text())
    table = tables(page)["Permutation importance"]
    assert len(table) == 30
    assert "worst_radius and worst_area" in text(page)
    assert "## Columns" in (run.root / "report.md").read_text()
