"""The default study, trained once in both frameworks by `scripts/train.py`."""

import json
import shutil

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file
from sklearn import metrics as judge

from experiment.nets.net_check import difference
from experiment.nets.twins import net_checks
from experiment.record.history import read_history

FRAMEWORKS = ("lightning", "tensorflow")
pytestmark = pytest.mark.slow


@pytest.fixture
def run(default_run):
    return default_run[0]


def numbers(run, framework):
    return json.loads(run.framework(framework).metrics.read_text())


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_it_is_good(run, framework):
    found = numbers(run, framework)["out_of_fold"]
    assert found["auroc"] >= 0.990
    assert found["f1"] >= 0.95


def test_both_frameworks_give_one_answer(run):
    one, other = (numbers(run, framework)["out_of_fold"] for framework in FRAMEWORKS)
    assert abs(one["auroc"] - other["auroc"]) <= 1e-3


def test_everything_is_there_and_done_was_written_last(run):
    assert {path.name for path in run.root.iterdir()} >= {
        *(
            "study.yaml",
            "environment.json",
            "schema.json",
            "columns.json",
            "folds.npz",
            "report.html",
            "report.md",
            "DONE",
        )
    }
    for framework in FRAMEWORKS:
        every = {path.name for path in run.framework(framework).root.iterdir() if path.name != ".lock"}
        events = {name for name in every if name.startswith("events.out.tfevents.")}
        tables = {"history.jsonl", "predictions.parquet", "validation.parquet", "metrics.json", "fits.json"}
        files = tables | {"weights.safetensors", "trial.safetensors", "graph.json", "importance.json", "log.txt"}
        assert every - events == files | {"result"}
        assert len(events) == 1
    moments = {path: path.stat().st_mtime_ns for path in run.root.rglob("*") if path.is_file() and path.name != ".lock"}
    assert moments[run.done] == max(moments.values())  # the clock of a file system may not tell two files apart
    assert not list(run.root.rglob("*.partial"))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_scikit_learn_gets_the_same_numbers_from_the_saved_predictions(run, framework):
    table, found = pl.read_parquet(run.framework(framework).predictions), numbers(run, framework)
    scored = table.filter(pl.col("role") == "scored")
    assert scored["row"].is_unique().all()
    truth, chance = scored["target"].to_numpy(), scored["probability_malignant"].to_numpy().astype(np.float64)
    said = (chance >= 0.5).astype(int)
    expected = {
        "auroc": judge.roc_auc_score(truth, scored["logit_malignant"].to_numpy()),
        "average_precision": judge.average_precision_score(truth, scored["logit_malignant"].to_numpy()),
        "f1": judge.f1_score(truth, said),
        "precision": judge.precision_score(truth, said),
        "recall": judge.recall_score(truth, said),
        "specificity": judge.recall_score(truth, said, pos_label=0),
        "accuracy": judge.accuracy_score(truth, said),
        "brier": judge.brier_score_loss(truth, chance),
    }
    for name, value in expected.items():
        assert found["out_of_fold"][name] == pytest.approx(value, abs=1e-6), name
    assert found["out_of_fold"]["confusion_matrix"] == judge.confusion_matrix(truth, said).tolist()
    folds = [
        judge.roc_auc_score(fold["target"].to_numpy(), fold["logit_malignant"].to_numpy())
        for _, fold in scored.group_by("fold", maintain_order=True)
    ]
    assert found["scored"]["auroc"]["mean"] == pytest.approx(np.mean(folds), abs=1e-6)
    assert found["scored"]["auroc"]["std"] == pytest.approx(np.std(folds, ddof=1), abs=1e-6)
    test = (
        table.filter(pl.col("role") == "test")
        .group_by("row")
        .agg(pl.col("target").first(), pl.col("probability_malignant").mean())
    )
    assert found["test"]["ensemble"]["auroc"] == pytest.approx(
        judge.roc_auc_score(test["target"].to_numpy(), test["probability_malignant"].to_numpy()), abs=1e-6
    )


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_best_epoch_of_every_fold_is_in_the_history(run, framework):
    history = read_history(run.framework(framework).history)
    for fold in numbers(run, framework)["folds"]:
        losses = [
            line["validation_loss"][line["members"].index([0, 0, fold["fold"], 0])]
            for line in history
            if [0, 0, fold["fold"], 0] in line["members"]
        ]
        assert len(losses) == fold["epochs"]
        assert int(np.argmin(losses)) == fold["best_epoch"]
        assert fold["epochs"] in (fold["best_epoch"] + 16, 200)


def test_the_weights_have_one_name_and_one_shape_in_both(run):
    one, other = (load_file(run.framework(framework).weights) for framework in FRAMEWORKS)
    assert {name: array.shape for name, array in one.items()} == {name: array.shape for name, array in other.items()}
    assert one["hidden.0.kernel"].shape == (10, 30, 64)


def test_the_nets_have_answered_the_same_before_they_trained(run):
    one, other = (check.answers for check in net_checks(run, run.load_study()).values())
    assert difference(one, other) < 2e-6
    assert np.abs(one).max() > 0.1


def test_the_terminal_shows_the_table_and_the_next_commands_and_nothing_else(default_run):
    run, said = default_run
    assert said.stderr == ""
    for words in ("lightning", "tensorflow", "10 folds, mean +- sd", "out of fold, 95 %", "test, ensemble, 95 %"):
        assert words in said.stdout
    for words in ("fold summary", "all 10 folds trained, no outlier fold", "report.html", "tensorboard --logdir"):
        assert words in said.stdout
    assert str(run.root) in said.stdout


def test_a_finished_run_prints_its_table_again_and_trains_nothing(default_run, train, tmp_path):
    run, said = default_run
    copy = shutil.copytree(run.root, tmp_path / "run")
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}
    again = train("--resume", copy)
    started = "folds: stratified by class (folds.method: auto is stratified here)\n"
    shown = started + again.stdout.replace(str(copy), str(run.root))
    assert (again.returncode, shown, again.stderr) == (0, said.stdout, "")
    after = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}
    assert {path.name for path in after if before.get(path) != after[path]} <= {"DONE", ".lock"}
