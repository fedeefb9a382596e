"""What TensorBoard shows of a fresh run of both frameworks, seen in a browser."""

import json
import re
import shutil
import statistics
from functools import partial

import pytest

from experiment.record.history import read_history
from reporting.board import tags
from scripts.browser.chromium import console, requests, texts
from scripts.browser.served import tensorboard

FRAMEWORKS = ("lightning", "tensorflow")
FIGURES = tuple(tags.plot(tag) for tag in tags.PLOTS if tag not in (tags.PREDICTED_AGAINST_TRUE, tags.RESIDUALS))
CARDS = (
    "loss/train",
    "loss/validation",
    "metric/accuracy/validation",
    "metric/auroc/validation",
    "metric/f1/validation",
)
MARGIN, LINES = "tf-custom-scalar-margin-chart-card", "tf-custom-scalar-multi-line-chart-card"
FOLDS = 3
pytestmark = pytest.mark.slow


def test_the_curves_end_at_the_median_of_the_record(board, small_run):
    """The table below a chart has the last value of every run."""
    board.open("&tagFilter=^loss/validation#timeseries")
    expected = {}
    for framework in FRAMEWORKS:
        last = read_history(small_run.framework(framework).history)[-1]
        expected[framework] = statistics.median(last["validation_loss"])
    card = partial(texts, board.browser, "scalar-card", "loss/validation", *expected)
    (said,) = board.wait(card, "no curves of the validation loss")
    shown = {run: float(value) for run, value in re.findall(r"(lightning|tensorflow) ([\d.]+) 7 ", said)}
    assert shown == pytest.approx(expected, abs=1e-4)


def test_time_series_open_with_the_loss_then_the_metrics_and_show_no_folds_and_no_quartiles(board):
    board.open("#timeseries")
    board.wait(lambda: len(board.find("scalar-card")) == len(CARDS), "not the cards of loss and metrics")
    shown = ["".join(said.split()) for said in texts(board.browser, "scalar-card")]
    assert [tag for said in shown for tag in CARDS if said.startswith(tag)] == [*CARDS]
    groups = [said.split()[0] for said in texts(board.browser, "metrics-card-group-toolbar")]
    assert groups[:2] == ["loss", "metric"]
    assert {"quartiles", "single_folds", "result", "training"} <= set(groups)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("tag", FIGURES)
def test_a_figure_of_all_folds_is_drawn(board, tag, framework):
    board.open(f"#images&tagFilter=^{tag}$")

    def widths():
        cards = board.find("tf-image-loader", f"tag: {tag}", framework)
        return [image.get_property("naturalWidth") for card in cards for image in board.find("img", within=card)]

    board.wait(lambda: max(widths(), default=0) > 300, f"no picture {tag} of {framework}")


def test_images_open_with_the_roc_curves(board):
    board.open("#images")
    first = board.wait(lambda: texts(board.browser, "tf-image-loader"), "no images")
    assert all("tag: plot_1_roc" in said for said in first[: len(FRAMEWORKS)])


def test_the_charts_of_median_and_quartiles_are_there_when_the_page_opens_the_loss_first(board):
    board.open("#custom_scalars")
    for tag in CARDS:
        runs = [f"{tag} ({framework})" for framework in FRAMEWORKS]
        (chart,) = board.wait(partial(board.find, MARGIN, *runs), f"no chart {tag}")
        lines, bands = (partial(board.find, f"path.{part}[d]", within=chart) for part in ("line", "area"))
        board.wait(lambda lines=lines, bands=bands: len(lines()) >= 2 <= len(bands()), f"{tag} is not drawn")
    assert texts(board.browser, MARGIN)[0].startswith("loss/train")


def test_the_curves_of_all_folds_lie_in_one_chart(board):
    board.open("#custom_scalars")
    (button,) = board.wait(partial(board.find, "button", "single folds"), "no category of single folds")
    board.browser.execute_script("arguments[0].click()", button)
    matches = f"Matches ({FOLDS * len(FRAMEWORKS)})"
    (chart,) = board.wait(partial(board.find, LINES, "loss/validation, every fold", matches), "no chart of the folds")
    lines = partial(board.find, "path.line[d]", within=chart)
    board.wait(lambda: len(lines()) >= FOLDS * len(FRAMEWORKS), "the folds are not drawn")
    assert texts(board.browser, LINES)[0].startswith("loss/train")


def test_hparams_has_a_row_for_each_framework_with_the_metrics_of_the_run(board, small_run):
    board.open("#hparams")
    board.wait(lambda: board.find("vaadin-grid", "Trial ID", *FRAMEWORKS), "no table of HParams")
    cells = texts(board.browser, "vaadin-grid-cell-content")
    width = len(cells) // 3
    head, *rows = (cells[start : start + width] for start in range(0, len(cells), width))
    rows = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["framework"] for row in rows] == list(FRAMEWORKS)
    settings = [name for name in head if name and not name.startswith("result/")]
    assert {"framework", "model.dropout", "model.hidden", "optimizer.learning_rate"} <= set(settings)
    assert [name for name in head if name.startswith("result/")][:2] == ["result/loss", "result/metric/accuracy"]
    for row in rows:
        scored = json.loads(small_run.framework(row["framework"]).metrics.read_text())["scored"]
        assert float(row["result/loss"]) == pytest.approx(scored["loss"]["mean"], rel=1e-4)
        assert float(row["result/metric/auroc"]) == pytest.approx(scored["auroc"]["mean"], rel=1e-4)


def test_the_pr_curves_of_both_frameworks_share_a_chart(board):
    board.open("#pr_curves")
    runs = [f"{framework} is at step 0" for framework in FRAMEWORKS]
    (card,) = board.wait(lambda: board.find("tf-pr-curve-card", tags.PR_CURVE, *runs), "no PR curves")
    board.wait(lambda: len(board.find("path.line[d]", within=card)) == len(FRAMEWORKS), "the curves are not drawn")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_scores_of_each_class_are_a_histogram(board, framework):
    board.open("#histograms")
    for name in ("benign", "malignant"):
        (card,) = board.wait(
            partial(board.find, "tf-histogram-loader", tags.class_scores(name), framework), f"no {name}"
        )
        board.wait(partial(board.find, "svg path[d]", within=card), f"{name} is not drawn")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_graph_of_one_member_is_drawn(board, framework):
    board.open(f"#graphs&run={framework}")
    layers = ("inputs", "hidden.0", "activations.0", "dropouts.0", "hidden.1", "output")
    board.wait(lambda: board.find("tf-graph-scene", *layers), f"no graph of {framework}")
    assert board.find("tf-graph-controls", framework)


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
        card = partial(board.find, "tf-text-loader", framework, f"tag: {tag}", words)
        board.wait(card, f"no text {tag} of {framework}")


def test_the_page_has_no_error_and_asks_nobody_else(board):
    board.forget()
    board.open("#images")
    board.wait(lambda: board.find("tf-image-loader"), "no images")
    server = board.address.split("?")[0]
    assert {asked for asked in requests(board.browser) if not asked.startswith((server, "data:", "about:"))} == set()
    assert [said for said in console(board.browser) if said.startswith("SEVERE")] == []


def test_ten_runs_of_both_frameworks_are_ticked_and_more_are_not(board, small_run, tmp_path):
    """The limit that a run's two directories are made for: TensorBoard ticks 40, and none of 44."""

    def add(number):
        for framework in FRAMEWORKS:
            for path in small_run.framework(framework).root.rglob("events.*"):
                place = tmp_path / "tiny" / f"run_{number:02d}" / path.relative_to(small_run.root)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)

    for number in range(10):
        add(number)
    with tensorboard(tmp_path) as address:
        page = board._replace(address=f"{address}/?darkMode=false")
        page.open("#custom_scalars")
        page.wait(lambda: page.find(MARGIN, "loss/train", "Matches (20)"), "not all ten are in the chart")
        page.open("#pr_curves")
        page.wait(lambda: page.find("tf-pr-curve-card", "run_00/lightning", "run_09/tensorflow"), "not ten PR curves")
        page.open("#hparams")
        page.wait(lambda: page.find("vaadin-grid", "Trial ID", "tiny/run_00", "tiny/run_09"), "not ten rows of HParams")
        add(10)
        page.wait(lambda: _directories(page) == 44, "the eleventh run is not found")
        page.open("#custom_scalars")
        page.wait(lambda: page.find(MARGIN, "loss/train", "Matches (0)"), "the limit is not 40 any more")


def _directories(page):
    page.browser.get(f"{page.address.split('?')[0]}data/runs")
    return len(json.loads(page.browser.find_element("css selector", "body").text))
