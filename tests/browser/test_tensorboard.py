"""What TensorBoard shows of a fresh run of both frameworks, seen in a browser."""

import json
import re
from functools import partial

import pytest

from evaluation import tags
from experiment.history import read_history
from scripts.browser import console, requests, texts

FRAMEWORKS = ("lightning", "tensorflow")
FIGURES = (
    tags.ROC, tags.PRECISION_RECALL, tags.CALIBRATION, tags.CONFUSION_MATRIX, tags.SCORES, tags.FOLDS,
    tags.LEARNING_CURVES,
)  # fmt: skip
CHARTS = ("loss/train", "loss/validation", "auroc/validation")
pytestmark = pytest.mark.slow


def test_the_curves_of_all_folds_end_at_the_numbers_of_the_record(board, small_run):
    """The table below a chart has the last value of every run."""
    board.open("&tagFilter=loss/validation#timeseries")
    expected = {}
    for framework in FRAMEWORKS:
        last = read_history(small_run.framework(framework).history)[-1]
        losses = zip(last["members"], last["validation_loss"], strict=True)
        expected |= {f"{framework}/fold_{fold:02d}": loss for (_, _, fold, _), loss in losses}
    card = partial(texts, board.browser, "scalar-card", "loss/validation", *expected)
    (said,) = board.wait(card, "no curves of the validation loss")
    shown = {run: float(value) for run, value in re.findall(r"(\w+/fold_\d\d) ([\d.]+) 7 ", said)}
    assert shown == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("tag", FIGURES)
def test_a_figure_of_all_folds_is_drawn(board, tag, framework):
    board.open(f"#images&tagFilter=^{tag}$")

    def widths():
        cards = board.find("tf-image-loader", f"tag: {tag}", f"{framework}/folds")
        return [image.get_property("naturalWidth") for card in cards for image in board.find("img", within=card)]

    board.wait(lambda: max(widths(), default=0) > 300, f"no picture {tag} of {framework}")


def test_the_charts_of_mean_and_band_are_there_when_the_page_opens(board):
    board.open("#custom_scalars")
    for tag in CHARTS:
        runs = [f"{tag}/mean ({framework}/folds)" for framework in FRAMEWORKS]
        (chart,) = board.wait(partial(board.find, "tf-custom-scalar-margin-chart-card", tag, *runs), f"no chart {tag}")
        lines, bands = (partial(board.find, f"path.{part}[d]", within=chart) for part in ("line", "area"))
        board.wait(lambda lines=lines, bands=bands: len(lines()) >= 2 <= len(bands()), f"{tag} is not drawn")


def test_hparams_has_a_row_for_each_framework_with_the_metrics_of_the_run(board, small_run):
    board.open("#hparams")
    board.wait(lambda: board.find("vaadin-grid", "Trial ID", *FRAMEWORKS), "no table of HParams")
    cells = texts(board.browser, "vaadin-grid-cell-content")
    width = len(cells) // 3
    head, *rows = (cells[start : start + width] for start in range(0, len(cells), width))
    rows = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["framework"] for row in rows] == list(FRAMEWORKS)
    for row in rows:
        scored = json.loads(small_run.framework(row["framework"]).metrics.read_text())["scored"]["auroc"]
        assert float(row["folds/auroc/mean"]) == pytest.approx(scored["mean"], rel=1e-4)
        assert float(row["folds/auroc/sd"]) == pytest.approx(scored["std"], rel=1e-4)


def test_the_pr_curves_of_both_frameworks_share_a_chart(board):
    """One curve for each of the three folds, and one of all rows."""
    board.open("#pr_curves")
    runs = [f"{framework}/{name} is at step 0" for framework in FRAMEWORKS for name in ("fold_02", "folds")]
    (card,) = board.wait(lambda: board.find("tf-pr-curve-card", tags.PR_CURVE, *runs), "no PR curves")
    board.wait(lambda: len(board.find("path.line[d]", within=card)) == 2 * (3 + 1), "the curves are not drawn")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_scores_of_each_class_are_a_histogram(board, framework):
    board.open("#histograms")
    for name in ("benign", "malignant"):
        (card,) = board.wait(
            partial(board.find, "tf-histogram-loader", tags.class_scores(name), f"{framework}/folds"), f"no {name}"
        )
        board.wait(partial(board.find, "svg path[d]", within=card), f"{name} is not drawn")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_graph_of_one_member_is_drawn(board, framework):
    board.open(f"#graphs&run={framework}/folds")
    layers = ("inputs", "hidden.0", "activations.0", "dropouts.0", "hidden.1", "output")
    board.wait(lambda: board.find("tf-graph-scene", *layers), f"no graph of {framework}")
    assert board.find("tf-graph-controls", f"{framework}/folds")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_study_the_command_and_the_table_are_there_in_text(board, small_run, framework):
    auroc = json.loads(small_run.framework(framework).metrics.read_text())["scored"]["auroc"]
    told = {
        tags.STUDY: "splits: 3",
        tags.COMMAND: "scripts/train.py folds.splits=3",
        tags.METRICS: f"auroc {auroc['mean']:.4f} +- {auroc['std']:.4f}",
    }
    for tag, words in told.items():
        board.open(f"#text&tagFilter=^{tag}$")
        card = partial(board.find, "tf-text-loader", f"{framework}/folds", f"tag: {tag}", words)
        board.wait(card, f"no text {tag} of {framework}")


def test_the_page_has_no_error_and_asks_nobody_else(board):
    board.forget()
    board.open("#images")
    board.wait(lambda: board.find("tf-image-loader"), "no images")
    server = board.address.split("?")[0]
    assert {asked for asked in requests(board.browser) if not asked.startswith((server, "data:", "about:"))} == set()
    assert [said for said in console(board.browser) if said.startswith("SEVERE")] == []
