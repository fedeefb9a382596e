"""What is written in a figure can be read: no text lies on another, and a number is what it says."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from imagined import candidate, history_of, noisy
from matplotlib.text import Text

from evaluation.comparing.comparison import compare
from evaluation.training_curves.loss_curves import LossCurves
from reporting.figures.comparison import comparison_figure
from reporting.figures.confusion import confusion_figure
from reporting.figures.learning import learning_figure
from reporting.figures.study import study_figures, written


@pytest.fixture
def texts_drawn(monkeypatch):
    """`texts_drawn(figure)` -> the texts that drawing it draws: ticks beyond the ends of an axis are not among them."""
    drawn, draw = [], Text.draw
    monkeypatch.setattr(Text, "draw", lambda text, renderer: (drawn.append(text), draw(text, renderer)))

    def look(figure):
        drawn.clear()
        figure.canvas.draw()
        return [text for text in drawn if text.get_text().strip() and text.get_visible()]

    return look


def check_texts(figure, texts, name):
    """Raise AssertionError if a text sticks out of the figure, or lies on another one."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    outside = [told for told, box in boxes if not (figure.bbox.contains(*box.min) and figure.bbox.contains(*box.max))]
    assert outside == [], name
    on_another = [(a, b) for (a, first), (b, second) in combinations(boxes, 2) if first.overlaps(second)]
    assert on_another == [], name


@pytest.mark.parametrize("folds", [1, 2, 12])
@pytest.mark.parametrize(
    ("task", "unit"), [("binary", 1), ("multiclass", 1), ("regression", 1), ("regression", 1e6), ("regression", 1e-6)]
)
def test_no_text_lies_on_another_or_sticks_out_and_no_legend_lies_on_a_plot(
    imagine, judged, texts_drawn, task, unit, folds
):
    predictions, fits = imagine(task, folds=folds, rows=300)
    if unit != 1:
        predictions = replace(predictions, target=predictions.target * unit, logits=predictions.logits * unit)
    names = ("train_loss", "validation_loss")
    history = [line | {name: [unit**2 * loss for loss in line[name]] for name in names} for line in history_of(fits)]
    for tag, figure in study_figures(predictions, judged(predictions, fits), history).items():
        check_texts(figure, texts_drawn(figure), tag)
        for axes in figure.axes:
            assert not axes.get_legend() or not axes.get_legend().get_window_extent().overlaps(axes.bbox), tag


@pytest.mark.parametrize("runs", [2, 5, 12])
@pytest.mark.parametrize(("metric", "unit"), [("r2", 1), ("rmse", 1e6), ("rmse", 1e-6)])
def test_of_many_runs_with_long_names_every_text_can_be_read_and_no_plot_is_a_tower(
    imagine, texts_drawn, runs, metric, unit
):
    predictions = imagine("regression")[0]
    versions = [noisy(predictions, 0.01 * number, number) for number in range(runs)]
    names = [f"/home/$me$/{number}/" + "FOLDER/" * 30 for number in range(runs)]
    candidates = [
        candidate(name, replace(one, target=one.target * unit, logits=one.logits * unit))
        for name, one in zip(names, versions, strict=True)
    ]
    figure = comparison_figure(compare(candidates, [metric]), candidates)
    check_texts(figure, texts_drawn(figure), metric)
    key = "".join(figure.get_suptitle().split())
    assert key == "".join(f"{'ABCDEFGHIJKL'[number]}:{name}" for number, name in enumerate(names))
    width, height = figure.axes[0].get_window_extent().size
    assert 0.5 < width / height < 2


@pytest.mark.parametrize("unit", [1e6, 1e-6])
def test_a_power_of_ten_stands_in_the_label_of_the_axis_and_the_ticks_times_it_are_the_values(unit):
    curves = {"fold_00": LossCurves(np.array([3.0, 2.0, 1.0]) * unit, np.empty(0))}
    figure = learning_figure(curves, {"fold_00": 2})
    figure.canvas.draw()
    axes = figure.axes[0]
    assert axes.get_ylabel() == f"loss, $10^{{{round(np.log10(unit))}}}$"
    ticks = [float(label.get_text().replace("\N{MINUS SIGN}", "-")) for label in axes.get_yticklabels()]
    np.testing.assert_allclose(np.array(ticks) * unit, axes.get_yticks(), atol=1e-9 * unit)
    assert axes.yaxis.get_offset_text().get_text() == ""


def test_names_of_classes_are_written_as_they_are_and_no_longer_than_there_is_room():
    classes = ("$0-$50", r"$\frac{1$", "a" * 100, "a" * 100 + "b")
    axes = confusion_figure(np.eye(4, dtype=int), written(classes), "out of fold").axes[0]
    axes.figure.canvas.draw()  # what is no mathematics cannot be parsed
    shown = [label.get_text().replace(r"\$", "$") for label in axes.get_xticklabels()]
    assert shown[:2] == list(classes[:2])
    assert shown[2] != shown[3]
    assert max(map(len, shown)) <= 24
