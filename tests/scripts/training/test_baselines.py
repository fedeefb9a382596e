"""Baselines as a user meets them: on the first screen, on the page, in comparisons, alone, and after a kill."""

import json
import re
import subprocess
import sys

import pytest
from sklearn.metrics import roc_auc_score

from configs.files.places import PROJECT
from evaluation.predictions import read_predictions

pytestmark = pytest.mark.slow
NAMES = ("logistic_regression", "naive_bayes", "decision_tree")


def call(script, *words):
    command = [sys.executable, str(PROJECT / "scripts" / script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)


@pytest.mark.both_rooms
def test_the_first_screen_says_how_each_network_does_against_the_best_baseline(default_run):
    _, said = default_run
    line = (
        "lightning and tensorflow are practically equivalent to the best baseline, logistic regression (difference in"
    )
    assert " ".join(said.stdout.split()).count(line) == 1
    (table,) = re.findall(r"networks and baselines *\n.*?\n *\n *\n", said.stdout, re.DOTALL)
    order = [line.split("  ")[0].strip() for line in table.splitlines()]
    assert [name for name in order if name in ("logistic regression", "lightning", "decision tree")] == [
        "logistic regression",
        "lightning",
        "decision tree",
    ]
    assert max(map(len, said.stdout.splitlines()[:30])) <= 80


@pytest.mark.both_rooms
@pytest.mark.parametrize("name", NAMES)
def test_a_baseline_leaves_predictions_and_metrics_and_nothing_for_tensorboard(default_run, name):
    run, _ = default_run
    directory = run.framework(name)
    assert {path.name for path in directory.root.iterdir()} - {".lock"} == {
        "fits.json",
        "log.txt",
        "metrics.json",
        "predictions.parquet",
        "validation.parquet",
    }
    rows = read_predictions(directory.predictions).of_role("scored")
    metrics = json.loads(directory.metrics.read_text())
    for fold in metrics["folds"]:
        own = rows.of_member(0, 0, fold["fold"])
        assert fold["scored"]["auroc"] == pytest.approx(roc_auc_score(own.target, own.logits[:, 0]), abs=1e-12)


@pytest.mark.both_rooms
def test_the_page_and_the_comparison_have_the_baselines(default_run):
    run, _ = default_run
    for page in ("report.html", "report.md"):
        text = (run.root / page).read_text()
        assert "Networks and baselines" in text
        assert "are practically equivalent to the best baseline, logistic regression" in text
    said = call("compare.py", run.root, "--metric", "auroc", "--pairs")
    assert (said.returncode, said.stderr) == (0, "")
    heads = [line for line in said.stdout.splitlines() if re.match(r"\w: ", line)]
    assert {line.split()[1] for line in heads} >= {"lightning", *NAMES}
    assert call("compare.py", run.root / "lightning", run.root / "decision_tree").returncode == 0


def test_baselines_train_alone_and_one_that_was_lost_is_trained_again(train, only_run, tmp_path):
    said = train("framework=none", "baselines=[majority, naive_bayes]", "folds.splits=3", f"output.root={tmp_path}")
    assert (said.returncode, said.stderr) == (0, "")
    assert "naive Bayes" in said.stdout
    run = only_run(tmp_path)
    assert run.done.is_file()
    before = run.framework("naive_bayes").predictions.read_bytes()
    for path in run.framework("naive_bayes").root.iterdir():
        path.unlink()
    again = train("--resume", run.root)
    assert (again.returncode, again.stderr) == (0, "")
    assert run.framework("naive_bayes").predictions.read_bytes() == before
    judged = call("evaluate.py", run.root)
    assert (judged.returncode, judged.stderr) == (0, "")
    assert "majority class" in judged.stdout
