"""The event files of a finished study, read back by TensorBoard's own loader."""

import io
import re

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

from configs.loading.loading import load_study
from configs.schema import Study
from reporting.board import tags
from reporting.board.graph import Node
from reporting.page.part import Part
from reporting.publish import Finished, publish
from reporting.tables.table import markdown_table

COMMAND = ["scripts/train.py", "name=a b"]
GRAPH = [Node("inputs", "Placeholder", (), (1, 3)), Node("output/MatMul", "MatMul", ("inputs",), (1, 1))]
FINITE = {"train_loss": 0.3, "validation_loss": 0.4}


@pytest.fixture
def published(imagine, judged, tmp_path):
    """`published(task, **more)` -> the framework's directory and what was published there."""

    def make(task="binary", **more):
        predictions, fits = imagine(task, **more)
        lines = history_of(fits)
        finished = Finished(Study(), COMMAND, Part(judged(predictions, fits), predictions, lines), GRAPH)
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


def event_files(root):
    return sorted(str(path.parent.relative_to(root)) for path in root.rglob("events.*"))


@pytest.mark.parametrize("folds", [1, 4, 50])
def test_two_directories_have_one_file_each_whatever_the_folds_and_however_often_a_study_is_judged(published, folds):
    root, finished = published(folds=folds)
    publish(root, finished)
    assert event_files(root) == [".", "result"]
    assert [path.name for path in root.iterdir() if path.is_dir()] == ["result"]


def test_the_directories_of_version_0_1_go_and_nothing_else_does(published, tmp_path):
    root, finished = published()
    elsewhere = tmp_path / "elsewhere"
    old = [root / name for name in ("folds", "fold_00", "fold_01_repeat_00_seed_12")]
    for folder in (*old, root / "folds_of_mine", root / "fold_02", elsewhere):
        folder.mkdir()
        (folder / "events.out.tfevents.1.host.2.3").write_text("old")
    (root / "fold_02" / "notes.txt").write_text("mine")
    (root / "fold_03").symlink_to(elsewhere)
    (root / "fold_04").mkdir()
    (root / "fold_04" / "events.out.tfevents.1").symlink_to(elsewhere / "events.out.tfevents.1.host.2.3")
    publish(root, finished)
    assert [folder for folder in old if folder.exists()] == []
    assert event_files(root) == [".", "fold_04", "folds_of_mine", "result"]
    assert [path.name for path in (root / "fold_02").iterdir()] == ["notes.txt"]
    assert (root / "fold_03").is_symlink()
    assert (elsewhere / "events.out.tfevents.1.host.2.3").read_text() == "old"


def test_the_scalars_of_a_fold_equal_the_record(published):
    root, finished = published()
    table, shown = table_of(finished.part.history), scalars(read(root))
    for fold in range(4):
        mine = table.filter(pl.col("fold") == fold)
        for tag, name in (("loss/train", "train_loss"), ("loss/validation", "validation_loss")):
            expected = dict(mine.select("epoch", name).iter_rows())
            assert shown[f"single_folds/{tag}/fold_{fold:02d}"] == pytest.approx(expected, rel=1e-7)


def test_median_and_quartiles_are_those_of_the_folds_that_still_train(published):
    root, finished = published()
    epochs = table_of(finished.part.history).group_by("epoch").agg(
        folds=pl.len(),
        median=pl.col("validation_loss").median(),
        lower=pl.col("validation_loss").quantile(0.25, "linear"),
        upper=pl.col("validation_loss").quantile(0.75, "linear"),
    )  # fmt: skip
    shown = scalars(read(root))
    for column, tag in {
        "folds": "training/active_folds",
        "median": "loss/validation",
        "lower": "quartiles/loss/validation/lower",
        "upper": "quartiles/loss/validation/upper",
    }.items():
        assert shown[tag] == pytest.approx(dict(epochs.select("epoch", column).iter_rows()), rel=1e-6)
    assert len(set(shown["training/active_folds"].values())) > 1


def test_what_is_not_finite_is_left_out_of_the_median(published):
    root, finished = published()
    lines = [dict(line, train_loss=list(line["train_loss"])) for line in finished.part.history]
    lines[0]["train_loss"] = [None] * 4
    lines[1]["train_loss"] = [1.0, 2.0, None, 4.0]
    publish(root, Finished(Study(), COMMAND, Part(finished.part.metrics, finished.part.predictions, lines), []))
    shown = scalars(read(root))
    assert 0 not in shown["loss/train"]
    assert shown["loss/train"][1] == 2.0
    assert np.isnan(shown["single_folds/loss/train/fold_02"][1])


def test_the_first_two_groups_of_scalars_are_the_loss_and_the_metrics_and_neither_has_folds_or_quartiles(published):
    """TensorBoard sorts groups by name and opens the first two; figures and histograms are groups, too."""
    root, finished = published()
    lines = [line | {"validation_auroc": line["train_loss"]} for line in finished.part.history]
    publish(root, Finished(Study(), COMMAND, Part(finished.part.metrics, finished.part.predictions, lines), []))
    cards = {tag for folder in (root, root / "result") for tag, one in read(folder).items()
             if one[0] in ("scalars", "images", "histograms")}  # fmt: skip
    assert sorted({tag.split("/")[0] for tag in cards})[:2] == ["loss", "metric"]
    assert {tag for tag in cards if tag.startswith(("loss/", "metric/"))} == {
        "loss/train", "loss/validation", "metric/auroc/validation",
    }  # fmt: skip


def test_there_are_charts_of_the_quartiles_and_of_every_fold_for_each_live_metric_whose_tags_are_there(published):
    root, _ = published()
    shown = read(root)
    plugin, [(_, _, (content,))], _ = shown["custom_scalars__config__"]
    layout = layout_pb2.Layout.FromString(content.encode("latin1"))
    assert plugin == "custom_scalars"
    spread, folds = layout.category
    assert [chart.title for chart in reversed(spread.chart)] == ["loss/train", "loss/validation"]
    assert [chart.title for chart in folds.chart] == ["loss/train, every fold", "loss/validation, every fold"]
    for chart in spread.chart:
        [series] = chart.margin.series
        assert {series.value, series.lower, series.upper} <= set(scalars(shown))
    for chart in folds.chart:
        [pattern] = chart.multiline.tag
        assert len([tag for tag in scalars(shown) if re.match(pattern, tag)]) == 4


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_the_pr_curve_of_all_rows_counts_as_scikit_learn(published, task):
    root, finished = published(task)
    rows = finished.part.predictions.of_role("scored")
    plugin, [(step, _, table)], _ = read(root)[tags.PR_CURVE]
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
    scored = finished.part.predictions.of_role("scored")
    shown = read(root)
    for index, name in enumerate(scored.classes):
        plugin, [(_, _, buckets)], _ = shown[tags.class_scores(name)]
        buckets = np.array(buckets)
        assert plugin == "histograms"
        assert buckets[:, 2].sum() == np.sum(scored.target == index)
        assert 0 <= buckets[0, 0] < buckets[-1, 1] <= 1


def test_a_regression_has_neither_pr_curves_nor_histograms(published):
    root, _ = published("regression")
    assert not {"pr_curves", "histograms"} & {one[0] for tag, one in read(root).items() if tag != "graph"}


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
    assert start.group_name == ""  # TensorBoard then takes the directory's name, which a copy has of its own
    assert (start.start_time_secs, end.status) == (1.8e9, api_pb2.STATUS_SUCCESS)
    settings = {name: value.string_value or value.number_value for name, value in start.hparams.items()}
    assert settings == {
        "framework": "lightning", "model.dropout": 0.2, "model.hidden": "[64, 64]", "optimizer.learning_rate": 1e-3,
        "optimizer.weight_decay": 0.0, "seed": 0.0, "training.batch_size": 32.0,
    }  # fmt: skip
    numbers, metrics = {tag: steps[0] for tag, steps in scalars(shown).items()}, finished.part.metrics
    for name, mean in (("loss", "result/loss"), ("auroc", "result/metric/auroc"), ("f1", "result/metric/f1")):
        assert numbers[mean] == pytest.approx(metrics["scored"][name]["mean"], rel=1e-6)
        assert numbers[f"result/sd/{name}"] == pytest.approx(metrics["scored"][name]["std"], rel=1e-6)
        assert numbers[f"result/out_of_fold/{name}"] == pytest.approx(metrics["out_of_fold"][name], rel=1e-6)
        assert numbers[f"result/test/{name}"] == pytest.approx(metrics["test"]["ensemble"][name], rel=1e-6)
    assert sorted(numbers)[0] == "result/loss"


def test_a_run_that_failed_says_so_in_hparams(published):
    root, finished = published()
    failed = finished.part.metrics | {"failed": finished.part.metrics["folds"]}
    publish(root, Finished(Study(), COMMAND, Part(failed, finished.part.predictions, []), []))
    content = read(root / "result")[hparams_plugin.SESSION_END_INFO_TAG][2].encode("latin1")
    assert hparams_plugin.parse_session_end_info_plugin_data(content).status == api_pb2.STATUS_FAILURE


@pytest.mark.both_rooms
def test_study_command_and_table_are_there_to_be_read(published, tmp_path):
    root, finished = published()
    shown = {tag: one[1][0][2][0] for tag, one in read(root).items() if one[0] == "text"}
    assert shown[tags.METRICS] == markdown_table({"lightning": finished.part.metrics})
    assert shown[tags.COMMAND] == "```sh\npython scripts/train.py 'name=a b'\n```\n"
    written = tmp_path / "study.yaml"
    written.write_text(shown[tags.STUDY].removeprefix("```yaml\n").removesuffix("```\n"))
    assert load_study(written, []) == finished.study


def test_the_figures_are_pictures(published):
    root, _ = published()
    shown = {tag: one[1][0][2] for tag, one in read(root).items() if one[0] == "images"}
    assert {"plot_1_roc", "plot_5_calibration", "plot_8_learning_curves", "plot_7_folds"} <= set(shown)
    for width, height, png in shown.values():
        assert Image.open(io.BytesIO(png.encode("latin1"))).size == (int(width), int(height))


def test_the_graph_of_a_member_is_there(published):
    root, _ = published()
    assert read(root)["graph"] == [["inputs", "Placeholder", []], ["output/MatMul", "MatMul", ["inputs"]]]


def test_ten_folds_and_two_hundred_epochs_take_less_than_five_megabytes(published, imagine):
    root, finished = published(folds=10, rows=600, tested=100)
    names = ("train_loss", "validation_loss", "validation_auroc", "validation_f1", "validation_accuracy")
    members, draw = [[0, 0, fold, 0] for fold in range(10)], np.random.default_rng(0)
    lines = [
        {"epoch": epoch, "members": members, "time": 1.8e9} | {name: draw.random(10).tolist() for name in names}
        for epoch in range(200)
    ]
    publish(root, Finished(Study(), COMMAND, Part(finished.part.metrics, finished.part.predictions, lines), GRAPH))
    size = sum(path.stat().st_size for path in root.rglob("events.*"))
    assert 2 * size < 5e6 / 2  # both frameworks together keep well below it
