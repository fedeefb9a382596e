import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from evaluation.figures import GRID, confusion_figure, precision_recall_figure, predicted_figure, roc_figure
from evaluation.fold_curves import Curve, precision_recall_curves, roc_curves


def legend(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def line(figure, label: str):
    return next(one for one in figure.axes[0].get_lines() if one.get_label().startswith(label))


def test_the_roc_figure_shows_each_fold_the_mean_and_its_spread(imagine):
    curves = roc_curves(imagine(folds=5, rows=200)[0].of_role("scored"))
    figure, areas = roc_figure(curves, "out of fold"), [curve.area for curve in curves]
    assert f"mean of 5 folds\nAUROC {np.mean(areas):.3f} ± {np.std(areas, ddof=1):.3f}" in legend(figure)
    assert f"single folds, {min(areas):.3f} to {max(areas):.3f}" in legend(figure)
    drawn = [one for one in figure.axes[0].get_lines() if len(one.get_xdata()) and one.get_linewidth() < 1]
    assert [one.get_ydata().tolist() for one in drawn] == [curve.y.tolist() for curve in curves]


def test_the_mean_roc_curve_starts_at_the_origin_and_its_area_is_the_mean_area(imagine):
    curves = roc_curves(imagine(folds=5, rows=300)[0].of_role("scored"))
    mean = line(roc_figure(curves, "out of fold"), "mean")
    assert mean.get_xydata()[0].tolist() == [0.0, 0.0]
    area = np.trapezoid(mean.get_ydata(), mean.get_xdata())
    assert area == pytest.approx(np.mean([curve.area for curve in curves]), abs=0.005)  # a grid of 201 points


def test_the_band_is_one_standard_deviation_and_stays_between_0_and_1():
    steep, flat = (
        Curve(np.array([0.0, 0, 1]), np.array([0.0, 1, 1]), 1.0),
        Curve(np.array([0.0, 1]), np.array([0.0, 1]), 0.5),
    )
    [band] = [one for one in roc_figure([steep, flat], "").axes[0].collections if isinstance(one, PolyCollection)]
    edge = band.get_paths()[0].vertices
    at_half = edge[np.isclose(edge[:, 0], 0.5)][:, 1]
    assert at_half.min() == pytest.approx(0.75 - np.std([1.0, 0.5], ddof=1), abs=1e-9)
    assert edge[:, 1].min() >= 0.0
    assert edge[:, 1].max() == 1.0


def test_the_precision_recall_figure_shows_the_base_rate(imagine):
    curves = precision_recall_curves(imagine()[0].of_role("scored"))
    figure = precision_recall_figure(curves, 0.25, "out of fold")
    assert legend(figure)[0] == "base rate 0.250"
    assert set(line(figure, "base rate").get_ydata()) == {0.25}
    assert line(figure, "mean").get_xdata().tolist() == GRID.tolist()


def test_a_single_curve_stands_alone(imagine):
    curves = roc_curves(imagine(folds=1)[0].of_role("test"))
    assert legend(roc_figure(curves, "test part")) == ["chance", f"AUROC {curves[0].area:.3f}"]


@pytest.mark.parametrize("figure", [roc_figure([], "here"), precision_recall_figure([], 0.0, "here")])
def test_no_curve_is_said_and_not_drawn(figure):
    assert [text.get_text() for text in figure.axes[0].texts] == ["undefined: a class is missing"]


def test_the_confusion_figure_writes_counts_and_shares_of_the_true_class():
    figure = confusion_figure(np.array([[50, 10], [0, 1200]]), ("benign", "malignant"), "out of fold")
    axes = figure.axes[0]
    cells = {(text.get_position()[0], round(text.get_position()[1])): [] for text in axes.texts}
    for text in axes.texts:
        cells[text.get_position()[0], round(text.get_position()[1])].append(text.get_text())
    assert cells == {(0, 0): ["50", "83.3%"], (1, 0): ["10", "16.7%"], (0, 1): ["0"], (1, 1): ["1,200", "100.0%"]}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["benign", "malignant"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    np.testing.assert_allclose(axes.images[0].get_array(), [[5 / 6, 1 / 6], [0, 1]])


def test_many_classes_are_shades_only():
    axes = confusion_figure(np.eye(20, dtype=np.int64), [f"class {index}" for index in range(20)], "").axes[0]
    assert len(axes.texts) == 0
    assert len(axes.get_xticklabels()) == 20


def test_a_true_class_without_rows_is_white_and_not_an_error():
    shares = confusion_figure(np.array([[3, 1], [0, 0]]), ("a", "b"), "").axes[0].images[0].get_array()
    assert shares[1].tolist() == [0.0, 0.0]


def test_the_regression_figure_shows_every_row_and_its_error():
    targets, predicted = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 8.0])
    figure = predicted_figure(predicted, targets, "out of fold")
    points = figure.axes[0].collections[0].get_offsets()
    np.testing.assert_array_equal(points, np.stack([targets, predicted], axis=1))
    assert legend(figure)[1] == "4 rows, RMSE 2, R² -2.200"
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()
