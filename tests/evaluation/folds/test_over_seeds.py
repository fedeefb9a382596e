"""Several seeds of the same folds, compared with NumPy, SciPy and scikit-learn on the table by seed and fold."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from imagined import RECORD, TIMING, history_of
from matplotlib.collections import LineCollection
from pages import read_page, text
from rich.console import Console
from scipy import stats
from sklearn import metrics as sklearn_metrics

from configs.sections.evaluation import Evaluation
from evaluation.choices.cuts import Cuts
from evaluation.folds.outliers import outliers
from evaluation.folds.over_seeds import fold_values, seed_spread, seed_table, seeds_together
from evaluation.judging.judge import judge
from evaluation.judging.probabilities import probabilities
from evaluation.keys import named
from reporting.board import tags
from reporting.figures.study import study_figures
from reporting.page.part import Part
from reporting.page.report import HTML, MARKDOWN, reports
from reporting.tables.table import comparison_table

SEEDS, FOLDS = 3, 6


@pytest.fixture
def study(imagine):
    return imagine(folds=FOLDS, rows=320, seeds=SEEDS)


@pytest.fixture
def summary(study, judged):
    return judged(*study, timing=TIMING)


def table_of(predictions, score):
    """`score(targets, logits)` of the scored rows of each member, `(seeds, folds)`."""
    scored = predictions.of_role("scored")
    cells = [[scored.of_member(seed, 0, fold) for fold in range(FOLDS)] for seed in range(SEEDS)]
    return np.array([[score(one.target, one.logits[:, 0]) for one in row] for row in cells])


def test_the_spreads_are_those_of_the_two_way_table(study, summary):
    table, told = table_of(study[0], sklearn_metrics.roc_auc_score), summary["over_seeds"]
    assert told["seeds"] == [0, 1, 2]
    assert told["scored"]["auroc"].pop("by_seed") == pytest.approx(table.mean(axis=1).tolist())
    assert told["scored"]["auroc"] == pytest.approx(
        {
            "mean": table.mean(),
            "std_over_folds": table.mean(axis=0).std(ddof=1),
            "std_over_seeds": table.mean(axis=1).std(ddof=1),
            "std_within_folds": np.sqrt(table.var(axis=0, ddof=1).mean()),
        }
    )


def test_a_worked_table_of_two_seeds_and_three_folds():
    """Means of the folds 2, 4, 6; of the seeds 3, 5; every fold differs by 2 between its seeds, a variance of 2."""
    spread = seed_spread(np.array([[1.0, 3.0, 5.0], [3.0, 5.0, 7.0]]))
    assert (spread["mean"], spread["by_seed"]) == (4.0, [3.0, 5.0])
    assert spread["std_over_folds"] == 2.0
    assert spread["std_over_seeds"] == pytest.approx(np.sqrt(2))
    assert spread["std_within_folds"] == pytest.approx(np.sqrt(2))


def test_the_deviation_within_folds_is_the_residual_of_an_analysis_of_variance(study, summary):
    """SciPy's F is the mean square between the folds, seeds times the variance of their means, by the residual one."""
    table, told = table_of(study[0], sklearn_metrics.roc_auc_score), summary["over_seeds"]["scored"]["auroc"]
    f = stats.f_oneway(*table.T).statistic
    assert f == pytest.approx(SEEDS * told["std_over_folds"] ** 2 / told["std_within_folds"] ** 2)


def test_a_fold_counts_once_however_many_seeds_it_has(study, summary):
    """The corrected resampled t interval is of six folds, with 50 scored rows to 80 training rows, and not of 18."""
    values = table_of(study[0], sklearn_metrics.roc_auc_score).mean(axis=0)
    told = summary["scored"]["auroc"]
    assert (told["mean"], told["std"]) == pytest.approx((values.mean(), values.std(ddof=1)))
    scale = np.sqrt((1 / FOLDS + 50 / 80) * values.var(ddof=1))
    low, high = stats.t(FOLDS - 1, values.mean(), scale).interval(0.95)
    assert told["ci95"] == pytest.approx([low, min(high, 1.0)])


def test_equal_seeds_have_the_spread_and_the_intervals_of_one(imagine, judged):
    predictions, fits = imagine(folds=FOLDS, rows=320, seeds=SEEDS)
    alone = predictions.select(predictions.seed == 0)
    same = replace(predictions, logits=np.tile(alone.logits, (SEEDS, 1)))
    told, one = judged(same, fits), judged(alone, fits[:FOLDS])
    assert "over_seeds" not in one
    for name, spread in one["scored"].items():
        assert (spread["mean"], spread["std"], *spread["ci95"]) == pytest.approx(
            (told["scored"][name]["mean"], told["scored"][name]["std"], *told["scored"][name]["ci95"])
        )
        assert told["over_seeds"]["scored"][name]["std_over_seeds"] == pytest.approx(0, abs=1e-12)
    for part in (told["out_of_fold"], told["over_seeds"]["out_of_fold"]):
        for name, interval in one["out_of_fold"]["intervals"].items():
            assert part[name] == pytest.approx(one["out_of_fold"][name])
            assert (part["intervals"][name]["low"], part["intervals"][name]["high"]) == pytest.approx(
                (interval["low"], interval["high"])
            )
    assert {(one["fold"], one["metric"]) for one in told["outliers"]} == {
        (one["fold"], one["metric"]) for one in one["outliers"]
    }


def test_out_of_fold_a_row_is_scored_once_per_seed_and_the_metrics_are_their_mean(study, summary):
    scored = study[0].of_role("scored")
    by_seed = [scored.select(scored.seed == seed) for seed in range(SEEDS)]
    areas = [sklearn_metrics.roc_auc_score(one.target, one.logits[:, 0]) for one in by_seed]
    assert summary["out_of_fold"]["auroc"] == pytest.approx(np.mean(areas))
    assert np.sum(summary["out_of_fold"]["confusion_matrix"]) == SEEDS * 300


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_ensemble_over_the_seeds_has_the_mean_probability_of_each_row(task, imagine):
    scored = imagine(task, folds=4, repeats=2, rows=120, seeds=3)[0].of_role("scored")
    shuffled = scored.select_at(np.random.default_rng(0).permutation(len(scored.row)))
    together = seeds_together(shuffled)
    assert len(together.row) == 2 * 100
    for repeat in range(2):
        own = together.select(together.repeat == repeat)
        assert sorted(own.row.tolist()) == list(range(20, 120))
        for place in range(0, 100, 7):
            mine = scored.select((scored.row == own.row[place]) & (scored.repeat == repeat))
            assert len(mine.row) == 3
            assert own.target[place] == mine.target[0]
            expected = probabilities(mine.logits, task).mean(axis=0)
            np.testing.assert_allclose(probabilities(own.logits[place : place + 1], task)[0], expected, rtol=1e-5)


def test_the_ensemble_over_the_seeds_is_judged_like_any_other(study, summary):
    together, told = seeds_together(study[0].of_role("scored")), summary["over_seeds"]["out_of_fold"]
    assert told["auroc"] == pytest.approx(sklearn_metrics.roc_auc_score(together.target, together.logits[:, 0]))
    expected = sklearn_metrics.confusion_matrix(together.target, together.logits[:, 0] >= 0)
    assert told["confusion_matrix"] == expected.tolist()
    assert told["intervals"]["auroc"]["method"] == "DeLong"


def test_the_ensemble_over_the_seeds_of_a_fold_takes_the_mean_of_their_thresholds(study, judged):
    told = judged(*study, settings=Evaluation(threshold="f1"))
    chosen = {(fold["seed"], fold["fold"]): fold["threshold"] for fold in told["folds"]}
    together = seeds_together(study[0].of_role("scored"))
    chances = probabilities(together.logits, "binary")[:, 0]
    cut = np.array([np.mean([chosen[seed, fold] for seed in range(SEEDS)]) for fold in together.fold])
    expected = sklearn_metrics.f1_score(together.target, chances >= cut)
    assert told["over_seeds"]["out_of_fold"]["f1"] == pytest.approx(expected)


def test_the_ensemble_on_the_test_rows_is_over_folds_and_seeds(study, summary):
    test = study[0].of_role("test")
    chances = [probabilities(test.of_member(*key).logits[:, 0], "binary") for key in test.members()]
    assert len(chances) == len(summary["test"]["folds"]) == SEEDS * FOLDS
    targets = test.of_member(0, 0, 0).target
    expected = sklearn_metrics.log_loss(targets, np.mean(chances, axis=0))
    assert summary["test"]["ensemble"]["loss"] == pytest.approx(expected, abs=1e-9)


def test_a_member_that_failed_is_left_out_and_its_fold_keeps_its_other_seeds(study, judged):
    predictions, fits = study
    broken = (predictions.seed == 1) & (predictions.fold == 2)
    predictions.logits[broken] = np.nan
    told = judged(predictions, fits)
    assert [(one["seed"], one["fold"]) for one in told["failed"]] == [(1, 2)]
    table = table_of(predictions, lambda y, s: np.nan if np.isnan(s).any() else sklearn_metrics.roc_auc_score(y, s))
    assert told["scored"]["auroc"]["mean"] == pytest.approx(np.nanmean(table, axis=0).mean())
    whole = np.delete(table, 2, axis=1)
    assert told["over_seeds"]["scored"]["auroc"]["by_seed"] == pytest.approx(whole.mean(axis=1).tolist())
    assert np.sum(told["over_seeds"]["out_of_fold"]["confusion_matrix"]) == 250
    assert told["status"][0]["text"].startswith("1 of 18 models failed (fold_02_seed_01)")
    assert "1 of 18 models has predictions that are not finite" in told["scored"]["auroc"]["reason"]
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_seed_that_failed_in_every_fold_leaves_no_spread_but_a_reason_where_it_is_all(study, judged):
    predictions, fits = study
    predictions.logits[predictions.seed > 0] = np.nan
    told = judged(predictions, fits)
    assert "over_seeds" not in told  # the folds that are left have one seed
    predictions.logits[:] = np.nan
    told = judged(predictions, fits)
    assert told["over_seeds"]["scored"]["auroc"]["std_over_seeds"] is None
    assert told["over_seeds"]["scored"]["auroc"]["reason"] == "undefined for a seed of some fold"


def test_a_metric_that_one_seed_lacks_has_no_spread():
    folds = [
        {"seed": seed, "repeat": 0, "fold": fold, "scored": {"f1": None if (seed, fold) == (1, 1) else 0.5}}
        for seed in range(2)
        for fold in range(3)
    ]
    np.testing.assert_array_equal(fold_values(folds, "f1"), [0.5, np.nan, 0.5])
    assert seed_table(folds, "f1").shape == (2, 3)
    assert np.isnan(seed_spread(seed_table(folds, "f1"))["std_over_seeds"])


def test_the_spread_on_the_test_set_is_that_of_the_ensemble_of_each_seed(study, judged):
    told, test = judged(*study, settings=Evaluation(threshold="f1")), study[0].of_role("test")
    chosen = {(fold["seed"], fold["fold"]): fold["threshold"] for fold in told["folds"]}
    losses, scores = [], []
    for seed in range(SEEDS):
        own = [test.of_member(seed, 0, fold) for fold in range(FOLDS)]
        chances = np.mean([probabilities(one.logits[:, 0], "binary") for one in own], axis=0)
        losses.append(sklearn_metrics.log_loss(own[0].target, chances))
        cut = np.mean([chosen[seed, fold] for fold in range(FOLDS)])
        scores.append(sklearn_metrics.f1_score(own[0].target, chances >= cut))
    for metric, values in (("loss", losses), ("f1", scores)):
        assert told["over_seeds"]["test"][metric]["by_seed"] == pytest.approx(values)
        assert told["over_seeds"]["test"][metric]["std_over_seeds"] == pytest.approx(np.std(values, ddof=1))


def test_a_split_with_several_seeds_has_its_spread_on_the_test_set(imagine, judged):
    predictions, fits = imagine(folds=1, seeds=4, rows=220, tested=120)
    told = judged(predictions, fits, timing=TIMING)
    test = predictions.of_role("test")
    losses = [sklearn_metrics.log_loss(one.target, probabilities(one.logits[:, 0], "binary"))
              for one in (test.of_member(seed, 0, 0) for seed in range(4))]  # fmt: skip
    assert told["over_seeds"].keys() == {"seeds", "scored", "out_of_fold", "test"}
    assert told["over_seeds"]["scored"] == told["over_seeds"]["out_of_fold"] == {}
    assert told["over_seeds"]["test"]["loss"]["std_over_seeds"] == pytest.approx(np.std(losses, ddof=1))
    assert not [one for one in told["status"] if one["about"] == "outlier folds"]
    written = reports({"lightning": Part(told, predictions, history_of(fits))}, RECORD)
    assert "4 seeds, sd of test" in written[MARKDOWN]
    assert "Spread by seed, 4 seeds" in text(read_page(written[HTML]))


def plant(predictions, fold, seeds):
    """A third of the fold's rows are wrong for these seeds."""
    rng = np.random.default_rng(4)
    rows = np.unique(predictions.row[(predictions.fold == fold) & (predictions.role == "scored")])
    wrong = rng.choice(rows, len(rows) // 2, replace=False)
    mine = np.isin(predictions.row, wrong) & (predictions.fold == fold) & np.isin(predictions.seed, seeds)
    predictions.logits[mine] *= -3


def test_an_outlier_is_a_fold_and_has_no_seed(imagine, judged):
    predictions, fits = imagine(folds=10, rows=800, seeds=3)
    plant(predictions, 6, range(3))
    told = judged(predictions, fits)
    assert {tuple(sorted(one.keys() & {"seed", "repeat", "fold"})) for one in told["outliers"]} == {("fold", "repeat")}
    assert {one["fold"] for one in told["outliers"]} == {6}
    values = table_of_metric(told, "accuracy")
    accuracy = next(one for one in told["outliers"] if one["metric"] == "accuracy")
    assert accuracy["value"] == pytest.approx(values.mean(axis=0)[6])
    assert accuracy["median"] == pytest.approx(np.median(values.mean(axis=0)))
    assert len({row["row"] for row in accuracy["rows"]}) == 5
    (warning,) = [one["text"] for one in told["status"] if one["about"] == "outlier folds"]
    assert warning.startswith("outlier fold: fold_06 in ")


def table_of_metric(told, metric):
    seeds = sorted({fold["seed"] for fold in told["folds"]})
    return np.array([[fold["scored"][metric] for fold in told["folds"] if fold["seed"] == seed] for seed in seeds])


def test_few_folds_are_not_enough_for_outliers_however_many_seeds_they_have(imagine, judged):
    told = judged(*imagine(folds=3, rows=320, seeds=4))
    assert told["outliers_untested"] == "there are fewer than 5 folds with finite predictions"


def test_healthy_folds_of_several_seeds_have_an_outlier_as_seldom_as_they_may(imagine):
    """Forty studies whose seeds say nearly the same of a row, so each repeats the others' luck: two are expected."""
    rng, alarms = np.random.default_rng(5), 0
    predictions, fits = imagine(folds=6, rows=240, tested=0, seeds=3)
    for _ in range(40):
        of_row = rng.normal(size=(240, 1))
        logits = 1.5 * of_row[predictions.row] + (2 * predictions.target - 1)[:, None]
        logits = (logits + 0.05 * rng.normal(size=logits.shape)).astype(np.float32)
        scored = replace(predictions, logits=logits)
        cuts = Cuts([fit.key for fit in fits], np.zeros(len(fits)), {})
        folds = [named(key) | {"scored": judge(one.logits, one.target, "binary")}
                 for key in scored.members() if (one := scored.of_member(*key))]  # fmt: skip
        alarms += bool(outliers(folds, scored, cuts))
    assert alarms <= 6


def test_a_dominant_row_is_one_row_for_all_seeds(imagine, judged):
    predictions, fits = imagine(folds=5, rows=420, seeds=3)
    row = int(predictions.row[(predictions.fold == 3) & (predictions.role == "scored")][0])
    mine = (predictions.row == row) & (predictions.role == "scored")
    predictions.logits[mine] = -5000.0 * (2 * predictions.target[mine] - 1)[:, None]
    told = judged(predictions, fits)
    (dominant,) = told["dominant_rows"]
    assert {key: dominant[key] for key in ("row", "repeat", "fold")} == {"row": row, "repeat": 0, "fold": 3}
    assert "seed" not in dominant
    assert dominant["loss"] == pytest.approx(5000.0)
    assert dominant["share"] > 0.5
    assert any(f"row {row} of fold_03 alone makes" in one["text"] for one in told["status"])


def test_the_baseline_is_that_of_one_seed(imagine, judged):
    predictions, fits = imagine(folds=4, rows=120, seeds=3)
    alone = judged(predictions.select(predictions.seed == 0), fits[:4])["baseline"]
    told = judged(predictions, fits)["baseline"]
    for place in ("scored", "out_of_fold", "test"):
        assert told[place]["loss"] == pytest.approx(alone[place]["loss"])


def test_the_status_counts_models_and_names_the_seeds(study, summary):
    (ok,) = [one["text"] for one in summary["status"] if one["level"] == "ok"]
    assert ok.startswith("all 18 models trained")
    assert summary["best_fold"]["seed"] in range(SEEDS)


def test_bars_of_the_calibration_plot_are_of_the_rows_and_not_of_their_predictions(imagine, judged):
    predictions, fits = imagine(folds=FOLDS, rows=320, seeds=SEEDS)
    alone = predictions.select(predictions.seed == 0)
    same = replace(predictions, logits=np.tile(alone.logits, (SEEDS, 1)))
    bars = []
    for rows, own in ((alone, fits[:FOLDS]), (same, fits)):
        figure = study_figures(rows, judged(rows, own), history_of(own))[tags.CALIBRATION]
        lines = next(one for one in figure.axes[0].collections if isinstance(one, LineCollection))
        bars.append(np.array(lines.get_segments()))
    np.testing.assert_allclose(bars[0], bars[1])
    assert (bars[0][:, 1, 1] > bars[0][:, 0, 1]).all()


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_any_task_has_figures_a_table_and_a_page_of_several_seeds(task, imagine, judged):
    predictions, fits = imagine(task, folds=5, rows=220, repeats=2, seeds=2)
    plant = (predictions.fold == 1) & (predictions.repeat == 1)
    predictions.logits[plant] = np.roll(predictions.logits[plant], 1, axis=-1) * -3
    metrics = judged(predictions, fits, timing=TIMING)
    assert {(one["repeat"], one["fold"]) for one in metrics["outliers"]} == {(1, 1)}
    page = reports({"lightning": Part(metrics, predictions, history_of(fits))}, RECORD)[HTML]
    assert "fold_01_repeat_01 is an outlier" in text(read_page(page))
    assert "in 2 repeats and 2 seeds" in text(read_page(page)) or task == "regression"


@pytest.fixture
def written(study, summary):
    part = Part(summary, study[0], history_of(study[1]))
    return reports({"lightning": part, "tensorflow": part}, RECORD)


def test_the_terminal_shows_the_spread_by_seed_below_that_by_fold(summary):
    screen = io.StringIO()
    Console(file=screen, width=80).print(comparison_table({"lightning": summary, "tensorflow": summary}))
    lines = screen.getvalue().splitlines()
    starts = [
        number for number, line in enumerate(lines) if line and line[0] not in " \N{BOX DRAWINGS LIGHT HORIZONTAL}"
    ]
    titles = [lines[number].strip() for number in starts]
    assert titles[2:6] == [
        "6 folds, mean +- sd", "3 seeds, sd of mean", "out of fold, 95 %", "seed ensemble, 95 %",
    ]  # fmt: skip
    assert all(len(line) <= 80 for line in lines)
    block = lines[starts[3] : starts[4]]
    spread = summary["over_seeds"]["scored"]["auroc"]["std_over_seeds"]
    assert any(line.split() == ["auroc", "+-", f"{spread:.4f}", "+-", f"{spread:.4f}"] for line in block)


def test_the_page_and_its_text_show_both_spreads_and_both_ensembles(written, summary):
    page, markdown = text(read_page(written[HTML])), written[MARKDOWN]
    spread = summary["over_seeds"]["scored"]["auroc"]
    for key in ("std_over_folds", "std_over_seeds", "std_within_folds"):
        assert f"{spread[key]:.4f}" in page
    assert "Spread by fold and by seed, 3 seeds" in page
    assert "Pooled out-of-fold rows, ensemble of 3 seeds" in page
    assert "Held-out test set, ensemble of 18 models" in page
    assert "Mean of 6 folds" in page
    deviations = [f"{spread[key]:.2g}" for key in ("std_over_seeds", "std_over_folds")]
    assert (
        f"The standard deviation of the mean AUROC over 3 seeds is {deviations[0]}, over the folds {deviations[1]}"
        in page
    )
    assert "6 folds, 18 models of 3 seeds, 300 rows scored out of fold" in page
    assert "3 seeds, sd of mean" in markdown
    assert f"{summary['over_seeds']['out_of_fold']['auroc']:.4f}" in markdown
