"""What is read first: intervals on an axis with the baseline, one answer on the ensemble, figures that are heard."""

import re

import numpy as np
import pytest
from imagined import RECORD, TIMING, history_of
from pages import read_page, text

from reporting.page.part import Part
from reporting.page.report import HTML, reports
from reporting.page.sections.answers import answers
from reporting.page.sections.headline import headline


@pytest.fixture
def part_of(imagine, judged):
    """`part_of(**study)` -> what one framework left."""

    def make(**study):
        predictions, fits = imagine(**study)
        return Part(judged(predictions, fits, timing=TIMING), predictions, history_of(fits))

    return make


def test_the_intervals_of_a_regression_have_an_axis_with_the_baseline_on_it(part_of):
    part = part_of(task="regression")
    shown = {row.metric: row for row in headline({"lightning": part}).rows}
    for name, metric in (("RMSE", "rmse"), ("MAE", "mae"), ("R²", "r2")):
        row, interval = shown[name], part.metrics["out_of_fold"]["intervals"][metric]
        values = [interval["low"], interval["high"], part.baseline[metric]]
        low, high = (float(end.replace("\N{MINUS SIGN}", "-")) for end in row.ends)
        assert low < min(values) < max(values) < high
        [drawn] = row.intervals
        places = [drawn.left, drawn.left + drawn.width, row.place]
        np.testing.assert_allclose(np.interp(places, [0, 100], [low, high]), values, atol=0.02 * (high - low))
    page = read_page(reports({"lightning": part}, RECORD)[HTML])
    axes = [one for one in page.iter("div") if one.get("class") == "axis own"]
    assert len(axes) == 3
    assert all(one.find("i[@class='baseline']") is not None for one in axes)


def test_the_metrics_of_a_classification_share_one_axis(part_of):
    shown = headline({"lightning": part_of()})
    assert len(shown.ends) == 2
    assert {row.ends for row in shown.rows} == {()}


def test_the_pooled_value_and_the_mean_of_the_folds_are_named_beside_each_other(part_of):
    part = part_of()
    [row, *_] = headline({"lightning": part}).rows
    folds = part.metrics["scored"]["auroc"]
    assert row.intervals[0].mean == f"mean of 4 folds {folds['mean']:.3f} ± {folds['std']:.3f}"
    assert headline({"lightning": part}).caption == "Results, pooled out-of-fold rows"
    page = text(read_page(reports({"lightning": part}, RECORD)[HTML]))
    assert f"pooled rows: {part.metrics['out_of_fold']['auroc']:.3f}" in page


@pytest.mark.parametrize(("loss", "answer"), [(0.3, "Ensemble: "), (0.6, "Single model: ")])
def test_there_is_one_answer_on_the_ensemble_and_the_loss_gives_it(part_of, loss, answer):
    part = part_of()
    part.metrics["ensemble"]["loss"]["ensemble"] = loss
    part.metrics["best_fold"] = {"seed": 0, "repeat": 0, "fold": 2, "test": {"loss": 0.5}}
    [said] = dict(answers({"lightning": part}).items)["Single model or ensemble?"]
    assert said.startswith(answer)
    assert f"{loss:.3f}" in said
    assert "fold_02, the single model with the lowest validation loss, has 0.500" in said
    page = text(read_page(reports({"lightning": part}, RECORD)[HTML]))
    assert set(re.findall(r"better than (\d+ of \d+)", page)) == {
        f"{part.metrics['ensemble']['loss']['better_than']} of 4"
    }


@pytest.mark.parametrize("study", [{}, {"task": "multiclass"}, {"task": "regression"}, {"folds": 1, "tested": 60}])
def test_whoever_does_not_see_a_figure_hears_its_numbers(part_of, study):
    part = part_of(**study)
    labels = {one.get("aria-label").partition(",")[0]: one.get("aria-label")
              for one in read_page(reports({"lightning": part}, RECORD)[HTML]).iter("svg")}  # fmt: skip
    assert all(re.search(r"\d[.,]?\d*", label) for label in labels.values())
    if "ROC curves" in labels:
        areas = [fold["scored"]["auroc"] for fold in part.metrics["folds"] if fold["scored"]]
        areas = areas or [part.metrics["test"]["ensemble"]["auroc"]]
        assert f"{np.mean(areas):.3f}" in labels["ROC curves"]
        assert (
            f"{part.metrics['calibration']['out_of_fold' if part.metrics['out_of_fold'] else 'test']['ece']:.3f}"
            in (labels["Calibration"])
        )
    else:
        assert f"RMSE {part.metrics['out_of_fold']['rmse']:.3f}" in labels["Predicted against true"]
    assert "Best epoch" in labels["Training curves"]
