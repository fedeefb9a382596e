"""The event files of a finished study, read back by TensorBoard's own loader."""

import io

import numpy as np
import polars as pl
import pytest
from boards import read, scalars
from imagined import history_of
from PIL import Image
from sklearn.metrics import confusion_matrix
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import metadata as hparams_plugin

from configs.loading import load_study
from configs.schema import Study
from evaluation import tags
from evaluation.board.graph import Node
from evaluation.publish import Finished, publish
from evaluation.table import markdown_table

COMMAND = ["scripts/train.py", "name=a b"]
GRAPH = [Node("inputs", "Placeholder", (), (1, 3)), Node("output/MatMul", "MatMul", ("inputs",), (1, 1))]
FINITE = {"train_loss": 0.3, "validation_loss": 0.4}


@pytest.fixture
def published(imagine, judged, tmp_path):
    """`published(task, **more)` -> the framework's directory and what was published there."""

    def make(task="binary", **more):
        predictions, fits = imagine(task, **more)
        lines = history_of(fits)
        finished = Finished(Study(), COMMAND, predictions, judged(predictions, fits), lines, GRAPH)
        root = tmp_path / "tiny" / "2026-11-24" / "lightning"
        publish(root, finished)
        return root, finished

    return make


def table_of(history):
    """One row per epoch and fold, by polars."""
    rows = [
        {"epoch": line["epoch"], "fold": key[2], **{name: line[name][i] for name in FINITE}}
        for line in history
        for i, key in enumerate(line["members"])
    ]
    return pl.DataFrame(rows)


def test_each_directory_has_one_file_however_often_a_study_is_judged(published):
    root, finished = published()
    publish(root, finished)
    assert {path.name: len(list(path.iterdir())) for path in root.iterdir()} == dict.fromkeys(
        ["fold_00", "fold_01", "fold_02", "fold_03", "folds", "result"], 1
    )


def test_the_scalars_of_a_fold_equal_the_record(published):
    root, finished = published()
    table = table_of(finished.history)
    for fold in range(4):
        mine = table.filter(pl.col("fold") == fold)
        shown = scalars(read(root / f"fold_{fold:02d}"))
        assert set(shown) == {"loss/train", "loss/validation"}
        for tag, name in (("loss/train", "train_loss"), ("loss/validation", "validation_loss")):
            expected = dict(mine.select("epoch", name).iter_rows())
            assert shown[tag] == pytest.approx(expected, rel=1e-7)


def test_mean_and_band_are_those_of_all_folds_each_with_its_latest_value(published):
    root, finished = published()
    wide = table_of(finished.history).pivot("fold", index="epoch", values="validation_loss").sort("epoch")
    latest = wide.drop("epoch").fill_null(strategy="forward").to_numpy()
    mean, std = latest.mean(axis=1), latest.std(axis=1, ddof=1)
    shown = scalars(read(root / "folds"))
    expected = {
        "mean": mean,
        "low": np.maximum(mean - std, latest.min(axis=1)),
        "high": np.minimum(mean + std, latest.max(axis=1)),
    }
    for part, values in expected.items():
        np.testing.assert_allclose(list(shown[f"loss/validation/{part}"].values()), values, rtol=1e-6)


def test_what_is_not_finite_is_left_out_of_the_band(published):
    root, finished = published()
    lines = [dict(line, train_loss=list(line["train_loss"])) for line in finished.history]
    lines[0]["train_loss"] = [None] * 4
    lines[1]["train_loss"][2] = None
    publish(root, Finished(Study(), COMMAND, finished.predictions, finished.metrics, lines, []))
    shown = scalars(read(root / "folds"))["loss/train/mean"]
    assert 0 not in shown
    assert shown[1] == pytest.approx(np.mean(lines[1]["train_loss"][:2] + lines[1]["train_loss"][3:]))
    assert np.isnan(scalars(read(root / "fold_02"))["loss/train"][1])


def test_there_is_a_margin_chart_for_every_live_metric_whose_tags_are_there(published):
    root, _ = published()
    shown = read(root / "folds")
    plugin, [(_, _, (content,))], _ = shown["custom_scalars__config__"]
    layout = layout_pb2.Layout.FromString(content.encode("latin1"))
    assert plugin == "custom_scalars"
    charts = [chart for category in layout.category for chart in category.chart]
    assert {chart.title for chart in charts} == {"loss/train", "loss/validation"}
    for chart in charts:
        [series] = chart.margin.series
        assert {series.value, series.lower, series.upper} <= set(scalars(shown))


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_pr_curves_of_all_folds_and_of_all_rows_share_a_tag_and_count_as_scikit_learn(published, task):
    root, finished = published(task)
    scored = finished.predictions.of_role("scored")
    for name, rows in [("folds", scored), ("fold_02", scored.of_member(0, 0, 2))]:
        plugin, [(step, _, table)], _ = read(root / name)[tags.PR_CURVE]
        table = np.array(table)
        assert (plugin, step, table.shape) == ("pr_curves", 0, (6, 201))
        logits = rows.logits.astype(float)
        if task == "binary":
            chances, positive = 1 / (1 + np.exp(-logits[:, 0])), rows.target == 1
        else:
            shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            chances, positive = shares.ravel(), np.eye(3)[rows.target].ravel() == 1
        for place in (0, 37, 100, 200):
            called = chances >= np.linspace(0, 1, 201)[place]
            true_negative, false, missed, true = confusion_matrix(positive, called, labels=[False, True]).ravel()
            assert table[:4, place].tolist() == [true, false, true_negative, missed]
            assert table[4, place] == pytest.approx(true / max(true + false, 1))
            assert table[5, place] == pytest.approx(true / (true + missed))


def test_score_histograms_count_every_row_of_a_class(published):
    root, finished = published()
    scored = finished.predictions.of_role("scored")
    shown = read(root / "folds")
    for index, name in enumerate(scored.classes):
        plugin, [(_, _, buckets)], _ = shown[tags.class_scores(name)]
        buckets = np.array(buckets)
        assert plugin == "histograms"
        assert buckets[:, 2].sum() == np.sum(scored.target == index)
        assert 0 <= buckets[0, 0] < buckets[-1, 1] <= 1


def test_a_regression_has_neither_pr_curves_nor_histograms(published):
    root, _ = published("regression")
    assert not {"pr_curves", "histograms"} & {one[0] for tag, one in read(root / "folds").items() if tag != "graph"}
    assert tags.PR_CURVE not in read(root / "fold_00")


def test_hparams_has_a_row_with_the_flat_study_and_the_numbers_of_the_metrics(published):
    root, finished = published()
    shown = read(root / "result")
    start, end = (
        parse(shown[tag][2].encode("latin1"))
        for parse, tag in (
            (hparams_plugin.parse_session_start_info_plugin_data, hparams_plugin.SESSION_START_INFO_TAG),
            (hparams_plugin.parse_session_end_info_plugin_data, hparams_plugin.SESSION_END_INFO_TAG),
        )
    )
    assert start.group_name == "tiny/2026-11-24/lightning"
    assert (start.start_time_secs, end.status) == (1.8e9, api_pb2.STATUS_SUCCESS)
    settings = {name: value.string_value or value.number_value for name, value in start.hparams.items()}
    assert settings["framework"] == "lightning"
    assert settings["optimizer.learning_rate"] == 1e-3
    assert (settings["model.hidden"], settings["training.early_stopping.patience"]) == ("[64, 64]", 15)
    numbers, metrics = {tag: steps[0] for tag, steps in scalars(shown).items()}, finished.metrics
    for name in ("loss", "auroc", "f1"):
        assert numbers[f"folds/{name}/mean"] == pytest.approx(metrics["scored"][name]["mean"], rel=1e-6)
        assert numbers[f"folds/{name}/sd"] == pytest.approx(metrics["scored"][name]["std"], rel=1e-6)
        assert numbers[f"out_of_fold/{name}"] == pytest.approx(metrics["out_of_fold"][name], rel=1e-6)
        assert numbers[f"test/{name}"] == pytest.approx(metrics["test"]["ensemble"][name], rel=1e-6)


def test_a_run_that_failed_says_so_in_hparams(published):
    root, finished = published()
    failed = finished.metrics | {"failed": finished.metrics["folds"]}
    publish(root, Finished(Study(), COMMAND, finished.predictions, failed, [], []))
    content = read(root / "result")[hparams_plugin.SESSION_END_INFO_TAG][2].encode("latin1")
    assert hparams_plugin.parse_session_end_info_plugin_data(content).status == api_pb2.STATUS_FAILURE


def test_study_command_and_table_are_there_to_be_read(published, tmp_path):
    root, finished = published()
    shown = {tag: one[1][0][2][0] for tag, one in read(root / "folds").items() if one[0] == "text"}
    assert shown[tags.METRICS] == markdown_table({"lightning": finished.metrics})
    assert shown[tags.COMMAND] == "```sh\npython scripts/train.py 'name=a b'\n```\n"
    written = tmp_path / "study.yaml"
    written.write_text(shown[tags.STUDY].removeprefix("```yaml\n").removesuffix("```\n"))
    assert load_study(written, []) == finished.study


def test_the_figures_are_pictures(published):
    root, _ = published()
    shown = {tag: one[1][0][2] for tag, one in read(root / "folds").items() if one[0] == "images"}
    assert {tags.ROC, tags.CALIBRATION, tags.LEARNING_CURVES, tags.FOLDS} <= set(shown)
    for width, height, png in shown.values():
        assert Image.open(io.BytesIO(png.encode("latin1"))).size == (int(width), int(height))


def test_the_graph_of_a_member_is_there(published):
    root, _ = published()
    assert read(root / "folds")["graph"] == [["inputs", "Placeholder", []], ["output/MatMul", "MatMul", ["inputs"]]]


def test_ten_folds_and_two_hundred_epochs_take_less_than_five_megabytes(published, imagine):
    root, finished = published(folds=10, rows=600, tested=100)
    names = ("train_loss", "validation_loss", "validation_auroc", "validation_f1", "validation_accuracy")
    members, draw = [[0, 0, fold, 0] for fold in range(10)], np.random.default_rng(0)
    lines = [
        {"epoch": epoch, "members": members, "time": 1.8e9} | {name: draw.random(10).tolist() for name in names}
        for epoch in range(200)
    ]
    publish(root, Finished(Study(), COMMAND, finished.predictions, finished.metrics, lines, GRAPH))
    size = sum(path.stat().st_size for path in root.rglob("events.*"))
    assert 2 * size < 5e6 / 2  # both frameworks together keep well below it
