import io
import re

import numpy as np
import pytest
from imagined import history_of
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score

from evaluation.choices.calibration import calibration, member_bins
from evaluation.folds.fold_curves import Curve, precision_recall_curves, roc_curves
from evaluation.folds.names import fold_names, names_of
from evaluation.training_curves.loss_curves import LossCurves
from reporting.board import tags
from reporting.canvas import BLUE, GREEN, PURPLE, VERMILION
from reporting.figures.calibration import calibration_figure
from reporting.figures.confusion import confusion_figure
from reporting.figures.curves import GRID, precision_recall_figure, roc_figure
from reporting.figures.learning import active_spread, learning_figure
from reporting.figures.predicted import predicted_figure
from reporting.figures.scores import score_figure, scores_by_class
from reporting.figures.strip import strip_figure
from reporting.figures.study import study_figures

NAMES = fold_names((0, 0, fold) for fold in range(10))
REGRESSION = {tags.PREDICTED_AGAINST_TRUE, tags.RESIDUALS}
CLASSIFICATION = {tags.ROC, tags.PRECISION_RECALL, tags.CALIBRATION, tags.SCORES, tags.CONFUSION_MATRIX}


def legend(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def line(figure, label: str):
    return next(one for one in figure.axes[0].get_lines() if str(one.get_label()).startswith(label))


def opacities(axes) -> dict[tuple[int, int], float]:
    """(true class, predicted class) -> how opaque its cell is."""
    [cells] = [one for one in axes.collections if isinstance(one, PolyCollection)]
    places = [path.vertices[:4].mean(axis=0).round().astype(int).tolist() for path in cells.get_paths()]
    return {(row, column): one[3] for (column, row), one in zip(places, cells.get_facecolors(), strict=True)}


def of_folds(figure) -> dict[str, list]:
    """The artists of each fold, by its name."""
    found: dict[str, list] = {}
    for artist in figure.findobj(lambda one: str(one.get_gid()).startswith("fold:")):
        found.setdefault(artist.get_gid().split(":")[1], []).append(artist)
    return found


@pytest.fixture
def drawn(imagine, judged):
    """`drawn(task, **more)` -> `{tag: figure}` of an imaginary study, and its predictions and metrics."""

    def draw(task="binary", **more):
        predictions, fits = imagine(task, **more)
        metrics = judged(predictions, fits)
        return study_figures(predictions, metrics, history_of(fits)), predictions, metrics

    return draw


def test_the_roc_figure_shows_each_fold_the_mean_and_its_spread(imagine):
    curves = roc_curves(imagine(folds=5, rows=200)[0].of_role("scored"), NAMES)
    figure, areas = roc_figure(curves, "out of fold"), [curve.area for curve in curves]
    assert f"mean of 5 folds,\nAUROC {np.mean(areas):.3f} ± {np.std(areas, ddof=1):.3f}" in legend(figure)
    assert f"a fold: {min(areas):.3f} to {max(areas):.3f}" in legend(figure)
    heights = {name: artists[0].get_ydata().tolist() for name, artists in of_folds(figure).items()}
    assert heights == {curve.name: curve.y.tolist() for curve in curves}


def test_the_mean_roc_curve_starts_at_the_origin_and_its_area_is_the_mean_area(imagine):
    curves = roc_curves(imagine(folds=5, rows=300)[0].of_role("scored"), NAMES)
    mean = line(roc_figure(curves, "out of fold"), "mean")
    assert mean.get_xydata()[0].tolist() == [0.0, 0.0]
    area = np.trapezoid(mean.get_ydata(), mean.get_xdata())
    assert area == pytest.approx(np.mean([curve.area for curve in curves]), abs=0.005)  # a grid of 201 points


def test_the_band_is_one_standard_deviation_and_stays_between_0_and_1():
    steep, flat = (
        Curve(np.array([0.0, 0, 1]), np.array([0.0, 1, 1]), 1.0, "fold_00"),
        Curve(np.array([0.0, 1]), np.array([0.0, 1]), 0.5, "fold_01"),
    )
    [band] = [one for one in roc_figure([steep, flat], "").axes[0].collections if isinstance(one, PolyCollection)]
    edge = band.get_paths()[0].vertices
    at_half = edge[np.isclose(edge[:, 0], 0.5)][:, 1]
    assert at_half.min() == pytest.approx(0.75 - np.std([1.0, 0.5], ddof=1), abs=1e-9)
    assert edge[:, 1].min() >= 0.0
    assert edge[:, 1].max() == 1.0


def test_the_precision_recall_figure_shows_the_base_rate(imagine):
    curves = precision_recall_curves(imagine()[0].of_role("scored"), NAMES)
    figure = precision_recall_figure(curves, 0.25, "out of fold")
    assert legend(figure)[0] == "baseline: prevalence 0.250"
    assert set(line(figure, "baseline").get_ydata()) == {0.25}
    assert line(figure, "mean").get_xdata().tolist() == GRID.tolist()


def test_a_single_curve_stands_alone_and_has_its_folds_name(imagine):
    curves = roc_curves(imagine(folds=1)[0].of_role("test"), NAMES)
    figure = roc_figure(curves, "held-out test set")
    assert legend(figure) == ["baseline: chance", f"AUROC {curves[0].area:.3f}"]
    assert list(of_folds(figure)) == ["fold_00"]


@pytest.mark.parametrize("figure", [roc_figure([], "here"), precision_recall_figure([], 0.0, "here")])
def test_no_curve_is_said_and_not_drawn(figure):
    assert [text.get_text() for text in figure.axes[0].texts] == ["undefined: a class is missing"]


def test_the_confusion_figure_writes_counts_and_shares_of_the_true_class():
    figure = confusion_figure(np.array([[50, 10], [0, 1200]]), ("benign", "malignant"), "out of fold")
    axes = figure.axes[0]
    cells = {(text.get_position()[0], round(text.get_position()[1])): [] for text in axes.texts}
    for text in axes.texts:
        cells[text.get_position()[0], round(text.get_position()[1])].append(text.get_text())
    assert cells == {(0, 0): ["50", "83.3 %"], (1, 0): ["10", "16.7 %"], (0, 1): ["0"], (1, 1): ["1,200", "100.0 %"]}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["benign", "malignant"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert opacities(axes) == pytest.approx({(0, 0): 0.12 + 0.88 * 5 / 6, (0, 1): 0.12 + 0.88 / 6, (1, 1): 1.0})


def test_many_classes_are_shades_only():
    axes = confusion_figure(np.eye(20, dtype=np.int64), [f"class {index}" for index in range(20)], "").axes[0]
    assert len(axes.texts) == 0
    assert len(axes.get_xticklabels()) == 20
    assert opacities(axes) == {(index, index): 1.0 for index in range(20)}


def test_a_true_class_without_rows_is_white_and_not_an_error():
    axes = confusion_figure(np.array([[3, 1], [0, 0]]), ("a", "b"), "").axes[0]
    assert set(opacities(axes)) == {(0, 0), (0, 1)}


def test_the_regression_figure_shows_every_row_in_its_fold_and_the_error(imagine):
    scored = imagine("regression", folds=2)[0].of_role("scored").select(np.arange(80) < 4)
    scored.target[:], scored.logits[:, 0] = [1, 2, 3, 4], [1, 2, 3, 8]
    scored.fold[:] = [0, 0, 1, 1]
    figure = predicted_figure(scored, NAMES, "out of fold")
    shown = {name: dots[0].get_offsets().tolist() for name, dots in of_folds(figure).items()}
    assert shown == {"fold_00": [[1, 1], [2, 2]], "fold_01": [[3, 3], [4, 8]]}
    assert legend(figure)[1] == "4 rows, RMSE 2.000, R² -2.200"
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()


def test_the_calibration_figure_is_scikit_learns_reliability_curve_with_wilsons_intervals(imagine):
    scored = imagine(folds=4, rows=400)[0].of_role("scored")
    folds = {NAMES[key]: member_bins(scored.of_member(*key)) for key in scored.members()}
    figure = calibration_figure(calibration(scored.logits, scored.target, "binary"), folds, "binary", "out of fold")
    chances = 1 / (1 + np.exp(-scored.logits[:, 0].astype(float)))
    share, mean = calibration_curve(scored.target, chances, n_bins=10)
    pooled = line(figure, "pooled rows, calibration error")
    np.testing.assert_allclose(pooled.get_xydata(), np.stack([mean, share], axis=1), rtol=1e-6)
    bars = next(one for one in figure.axes[0].collections if not isinstance(one, PathCollection)).get_segments()
    counts = np.histogram(chances, np.linspace(0, 1, 11))[0]
    low, high = binomtest(round(share[0] * counts[0]), int(counts[0])).proportion_ci(method="wilson")
    np.testing.assert_allclose(bars[0][:, 1], [low, high])
    assert set(of_folds(figure)) == {"fold_00", "fold_01", "fold_02", "fold_03"}


def test_a_bin_of_a_few_rows_of_one_fold_is_not_drawn():
    few, enough = {"count": 4, "mean_probability": 0.2, "share_positive": 1.0}, {"count": 5}
    bins = [few, few | enough | {"mean_probability": 0.7}]
    figure = calibration_figure({"bins": bins, "ece": 0.1}, {"fold_00": bins, "fold_01": bins}, "binary", "")
    assert [dots[0].get_xdata().tolist() for dots in of_folds(figure).values()] == [[0.7], [0.7]]


@pytest.mark.parametrize(("task", "subject"), [("binary", "malignant"), ("multiclass", "the true class")])
def test_score_histograms_hold_every_row_of_a_class_once(imagine, task, subject):
    scored = imagine(task, rows=300)[0].of_role("scored")
    pooled = scores_by_class(scored)
    assert {name: len(scores) for name, scores in pooled.items()} == {
        name: int(np.sum(scored.target == index)) for index, name in enumerate(scored.classes)
    }
    figure = score_figure(scored, NAMES, "out of fold")
    assert figure.axes[-1].get_xlabel() == f"probability of {subject}"
    for axes in figure.axes:
        for steps in axes.patches:
            assert steps.get_data().values.sum() == pytest.approx(1.0)
    assert [len(outlines) for outlines in of_folds(figure).values()] == [len(scored.classes)] * 4


def test_too_many_classes_share_a_histogram(imagine):
    scored = imagine("multiclass")[0].of_role("scored")
    many = scored.__class__(**{**vars(scored), "classes": tuple("abcdefghijklm"), "logits": np.zeros((80, 13))})
    assert {name: len(one) for name, one in scores_by_class(many).items()} == {"all 13 classes": 80}


def test_a_fold_of_a_few_rows_has_no_outline_since_it_would_be_a_tower(imagine):
    scored = imagine(folds=40, rows=100)[0].of_role("scored")
    figure = score_figure(scored, fold_names(scored.members()), "out of fold")
    assert of_folds(figure) == {}
    assert [len(axes.patches) for axes in figure.axes] == [2, 2]


def test_folds_of_one_row_have_one_precision_recall_curve_and_it_is_scikit_learns(imagine):
    """A fold whose rows are all positive has a precision of 1, whatever it says."""
    scored = imagine(folds=80, rows=100)[0].of_role("scored")
    [curve] = precision_recall_curves(scored, fold_names(scored.members()))
    assert curve.area == pytest.approx(average_precision_score(scored.target, scored.logits[:, 0]))
    assert curve.name == ""


def test_the_median_loss_is_that_of_the_folds_that_still_train():
    poor, good = np.array([2.0, 1.0]), np.array([1.0, 0.5, 0.4])
    spread = active_spread([poor, good, good + 1])
    np.testing.assert_allclose(spread.median, [2.0, 1.0, 0.9])
    np.testing.assert_allclose([spread.lower[2], spread.upper[2]], np.quantile([0.4, 1.4], [0.25, 0.75]))
    assert spread.folds.tolist() == [3, 3, 2]
    np.testing.assert_allclose(active_spread([np.array([np.nan]), np.array([np.nan, 3.0])]).median, [np.nan, 3.0])


def test_the_number_of_folds_that_still_train_is_drawn_below_the_losses():
    lengths = (3, 5, 5)
    curves = {f"fold_{n:02d}": LossCurves(np.full(k, 0.5), np.full(k, 0.6)) for n, k in enumerate(lengths)}
    figure = learning_figure(curves, dict.fromkeys(curves, 2))
    [steps] = figure.axes[1].patches
    assert steps.get_data().values.tolist() == [3, 3, 3, 2, 2]
    assert "3 folds train at first, 2 in epoch 4" in figure.get_label()
    same = {name: LossCurves(one.train[:3], one.validation[:3]) for name, one in curves.items()}
    assert len(learning_figure(same, dict.fromkeys(curves, 2)).axes) == 1


def test_learning_rates_that_change_are_drawn_below_the_losses():
    curves = {f"fold_{n:02d}": LossCurves(np.full(3, 0.5), np.full(3, 0.6)) for n in range(2)}
    rates = {"fold_00": np.array([0.0, 0.02, 0.01]), "fold_01": np.array([0.0, 0.02, 0.001])}
    figure = learning_figure(curves, dict.fromkeys(curves, 2), rates=rates)
    losses, lower = figure.axes
    assert [one.get_ydata().tolist() for one in lower.get_lines()] == [one.tolist() for one in rates.values()]
    assert [one.get_text() for one in lower.texts] == ["learning rate"]
    assert (losses.get_xlabel(), lower.get_xlabel()) == ("", "epoch")
    assert "Learning rates of 0 to 0.02." in figure.get_label()
    shorter = curves | {"fold_01": LossCurves(np.full(2, 0.5), np.full(2, 0.6))}
    assert len(learning_figure(shorter, dict.fromkeys(curves, 1), rates=rates).axes) == 3


@pytest.mark.parametrize(("last", "scale"), [(0.2, "linear"), (0.09, "log"), (0.0, "linear")])
def test_losses_that_span_a_decade_have_a_logarithmic_axis(last, scale):
    curves = {"fold_00": LossCurves(np.array([1.0, 0.5, last]), np.array([1.0, 0.6, 0.7]))}
    axes = learning_figure(curves, {"fold_00": 1}).axes[0]
    axes.figure.canvas.draw()
    assert axes.get_yscale() == scale
    assert axes.get_ylim()[0] < max(last, 0.01)


def test_that_the_training_loss_has_dropout_on_is_said_where_it_has():
    curves = {f"fold_{n:02d}": LossCurves(np.array([1.0, 0.5]), np.array([1.0, 0.6])) for n in range(2)}
    assert legend(learning_figure(curves, dict.fromkeys(curves, 1), dropout=True))[0] == "training, dropout on"
    assert not any("dropout" in words for words in legend(learning_figure(curves, dict.fromkeys(curves, 1))))


def test_epochs_without_a_finite_loss_are_gaps_and_not_zeros():
    broken = LossCurves(np.array([1.0, np.nan, np.nan]), np.array([1.0, np.nan, np.nan]))
    curves = {"fold_00": broken, "fold_01": broken}
    figure = learning_figure(curves, dict.fromkeys(curves, -1))
    drawn = [one.get_ydata() for one in figure.axes[0].get_lines() if len(one.get_ydata()) == 3]
    assert len(drawn) == 6
    assert all(np.isnan(one[1:]).all() for one in drawn)
    assert figure.axes[1].patches[0].get_data().values.tolist() == [2, 0, 0]


def test_a_colour_has_one_meaning_in_every_figure(drawn):
    figures, _, _ = drawn(folds=5, rows=300)
    curves = figures.pop(tags.LEARNING_CURVES)
    of_losses = {"training": PURPLE, "validation": GREEN}
    assert {name: line(curves, name).get_color() for name in of_losses} == of_losses
    for tag, figure in figures.items():
        for found in of_folds(figure).values():
            shown = {to_hex(one.get_edgecolor() if hasattr(one, "get_edgecolor") else one.get_color(), keep_alpha=False)
                     for one in found if not isinstance(one, Text)}  # fmt: skip
            assert shown <= {BLUE.lower(), VERMILION.lower()}, tag
            assert VERMILION.lower() not in shown or tag == tags.FOLDS, tag


def test_learning_curves_show_both_losses_of_every_fold_and_the_epoch_that_was_kept():
    curves = {
        "fold_00": LossCurves(np.array([1.0, 0.5, 0.2]), np.array([1.0, 0.6, 0.7])),
        "fold_01": LossCurves(np.array([1.0, 0.4]), np.array([1.1, 0.9])),
    }
    figure = learning_figure(curves, {"fold_00": 1, "fold_01": -1})
    first, second = of_folds(figure)["fold_00"], of_folds(figure)["fold_01"]
    assert [one.get_ydata().tolist() for one in first] == [[1.0, 0.5, 0.2], [1.0, 0.6, 0.7], [0.6]]
    assert (first[2].get_xdata().tolist(), len(second)) == ([1], 2)
    assert legend(figure)[:3] == ["training", "validation", "best epoch of a fold"]


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 200])
def test_the_ticks_of_the_epochs_are_whole_numbers(epochs):
    losses = np.linspace(1, 0.5, epochs)
    axes = learning_figure({"fold_00": LossCurves(losses, losses)}, {"fold_00": epochs - 1}).axes[0]
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick == round(tick) for tick in ticks)


def test_a_study_without_validation_rows_keeps_its_epoch_on_the_train_loss():
    figure = learning_figure({"fold_00": LossCurves(np.array([1.0, 0.5]), np.empty(0))}, {"fold_00": 1})
    assert [one.get_ydata().tolist() for one in of_folds(figure)["fold_00"]] == [[1.0, 0.5], [0.5]]
    assert legend(figure) == ["training", "best epoch"]


def test_one_fold_that_diverges_does_not_flatten_the_others():
    calm = {f"fold_{n:02d}": LossCurves(np.linspace(1, 0.1, 50), np.empty(0)) for n in range(9)}
    wild = LossCurves(np.append(np.linspace(1, 0.1, 49), 1e9), np.empty(0))
    assert learning_figure(calm | {"fold_09": wild}, dict.fromkeys([*calm, "fold_09"], 3)).axes[0].get_ylim()[1] < 3
    nothing = LossCurves(np.array([np.nan, np.nan]), np.empty(0))
    learning_figure({"fold_00": nothing}, {"fold_00": -1})


def test_a_strip_has_a_dot_for_each_fold_and_names_the_odd_one():
    values = {
        "auroc": {"fold_00": 0.9, "fold_01": 0.7, "fold_02": 0.5},
        "f1": {"fold_00": None, "fold_01": 0.7, "fold_02": 0.7},
        "precision": dict.fromkeys(["fold_00", "fold_01", "fold_02"]),
    }
    spreads = {"auroc": {"mean": 0.7, "ci95": [0.4, 0.9]}, "f1": {"mean": 0.7, "ci95": None}}
    figure = strip_figure(values, spreads, {("auroc", "fold_02")})
    dots = {name: [one for one in found if hasattr(one, "get_xdata")] for name, found in of_folds(figure).items()}
    places = {name: np.concatenate([one.get_xdata() for one in mine]).tolist() for name, mine in dots.items()}
    assert places == {
        "fold_00": pytest.approx([1.0]),
        "fold_01": pytest.approx([0.6, 0.5]),
        "fold_02": pytest.approx([0.2, 0.2, 0.5]),  # once more, over itself, because it is odd
    }
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.400", "0.900", "fold_02", "0.700"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["AUROC", "F1"]


@pytest.mark.parametrize("value", [0.0, 0.7, 1e38, -1e38])
def test_folds_of_one_value_lie_in_the_middle_of_their_strip_however_large_it_is(value):
    figure = strip_figure({"loss": {"fold_00": value, "fold_01": value}}, {"loss": {"mean": value, "ci95": None}}, ())
    assert [artist.get_xdata() for found in of_folds(figure).values() for artist in found] == [pytest.approx([0.5])] * 2


@pytest.mark.parametrize(
    ("task", "tags_of_rows"),
    [("binary", CLASSIFICATION), ("multiclass", CLASSIFICATION), ("regression", REGRESSION)],
)
def test_a_study_has_the_figures_of_its_task(drawn, task, tags_of_rows):
    assert set(drawn(task)[0]) == tags_of_rows | {tags.FOLDS, tags.LEARNING_CURVES}


def test_the_names_of_the_folds_are_in_the_svg_and_each_id_is_there_once(drawn):
    figures, _, metrics = drawn(folds=3, repeats=2)
    names = set(names_of(metrics).values())
    assert "fold_02_repeat_01" in names
    for tag in figures.keys() - {tags.CONFUSION_MATRIX}:
        svg = io.StringIO()
        figures[tag].savefig(svg, format="svg")
        ids = re.findall(r'<g id="(fold:[^"]*)"', svg.getvalue())
        assert {one.split(":")[1] for one in ids} == names, tag
        assert len(ids) == len(set(ids)), tag


def test_a_plain_split_shows_its_test_part(drawn):
    figures, _, _ = drawn(folds=1)
    assert figures[tags.ROC].axes[0].get_title("left") == "ROC curves, held-out test set"
    assert set(figures) == CLASSIFICATION | {tags.LEARNING_CURVES}


def test_a_fold_that_diverged_is_left_out_and_the_title_says_so(imagine, judged):
    predictions, fits = imagine()
    predictions.logits[np.flatnonzero(predictions.fold == 1)[0]] = np.inf
    figures = study_figures(predictions, judged(predictions, fits), history_of(fits))
    assert figures[tags.ROC].axes[0].get_title("left") == "ROC curves, out of fold, 3 of 4 folds"
    assert set(of_folds(figures[tags.ROC])) == {"fold_00", "fold_02", "fold_03"}


def test_areas_and_calibration_are_those_that_were_judged(imagine, judged):
    predictions, fits = imagine()
    metrics = judged(predictions, fits)
    for fold in metrics["folds"]:
        fold["scored"] |= {"auroc": 0.123, "average_precision": 0.456}
    metrics["calibration"]["out_of_fold"] |= {"ece": 0.789}
    figures = study_figures(predictions, metrics, history_of(fits))
    areas = {tags.ROC: "AUROC 0.123 ± 0.000", tags.PRECISION_RECALL: "average precision 0.456 ± 0.000"}
    for tag, told in areas.items():
        assert any(told in label for label in legend(figures[tag])), tag
    assert any("calibration error 0.789" in label for label in legend(figures[tags.CALIBRATION]))


def test_nothing_predicted_gives_no_figure_of_rows(drawn):
    _, predictions, metrics = drawn()
    nothing = {**metrics, "out_of_fold": {}, "test": {}, "folds": [one | {"scored": {}} for one in metrics["folds"]]}
    assert study_figures(predictions.of_role("nothing"), nothing, []) == {}
