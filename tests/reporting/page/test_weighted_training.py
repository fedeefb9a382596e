"""A training by another loss, or of weighted rows: said where curves or probabilities are shown."""

import io

import numpy as np
from imagined import RECORD, TIMING, history_of
from pages import read_page, text
from rich.console import Console

from evaluation.training_curves.loss_curves import LossCurves
from reporting.board import tags
from reporting.figures.learning import learning_figure
from reporting.figures.study import study_figures
from reporting.page.part import Part
from reporting.page.report import HTML, MARKDOWN, reports
from reporting.tables.status_table import status_table

WEIGHTED = {"trained_with": "focal (gamma 2.0) with class weights", "shifted_by": "class weights"}
SHIFT = "robabilities are shifted by class weights: they are not the frequencies that the table has"
LOSSES = (
    "The training loss is focal (gamma 2.0) with class weights, the validation loss cross_entropy: "
    "the curves cannot be compared with each other."
)


def parts_of(imagine, judged, **training):
    predictions, fits = imagine()
    metrics = judged(predictions, fits, timing=TIMING, **training)
    return {"lightning": Part(metrics, predictions, history_of(fits))}


def test_shifted_probabilities_are_said_in_the_terminal_and_next_to_the_calibration(imagine, judged):
    parts = parts_of(imagine, judged, **WEIGHTED)
    screen = io.StringIO()
    Console(file=screen, width=400).print(status_table({"lightning": parts["lightning"].metrics}))
    lines = " ".join(screen.getvalue().split())
    assert f"note p{SHIFT} try: if decisions alone are to move, train without" in lines
    told = reports(parts, RECORD)
    assert text(read_page(told[HTML])).count(SHIFT) == 2
    assert f"P{SHIFT}." in told[MARKDOWN].split("## Calibration")[1].split("##")[0]


def test_two_losses_are_said_at_the_training_curves_and_the_fit_is_unknown(imagine, judged):
    parts = parts_of(imagine, judged, **WEIGHTED)
    told, part = reports(parts, RECORD), parts["lightning"]
    training = told[MARKDOWN].split("## Training")[1].split("## ")[0].replace("\\", "")
    assert LOSSES in training
    assert LOSSES in text(read_page(told[HTML]))
    assert part.metrics["diagnosis"]["verdict"] == "unknown"
    figure = study_figures(part.predictions, part.metrics, part.history)[tags.LEARNING_CURVES]
    assert "training, another loss" in [one.get_text() for one in figure.axes[0].get_legend().get_texts()]
    assert LOSSES in figure.get_label()


def test_a_training_like_the_evaluation_is_shown_as_it_was(imagine, judged):
    parts = parts_of(imagine, judged)
    told = reports(parts, RECORD)
    assert not {"trained_with", "shifted_by"} & {
        *parts["lightning"].metrics,
        *parts["lightning"].metrics["calibration"],
    }
    assert not any(word in told[MARKDOWN] for word in ("shifted by", "The training loss is"))
    figure = learning_figure({"fold_00": LossCurves(np.ones(3), np.ones(3))}, {"fold_00": 1})
    assert "another" not in figure.get_label()
