"""`learning_curve.py`: a run with all training rows, and the scores with fewer of them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pages import read_page, tables

from configs.errors import StudyError
from experiment.learning_curve.sizes import checked_sizes, read_sizes
from experiment.results.re_evaluating import judge_run
from experiment.run.run_directory import RunDirectory
from reporting.figures import learning_curve

pytestmark = pytest.mark.needs("lightning")

PROJECT = Path(__file__).resolve().parents[2]
SMALL = ("framework=lightning", "folds.splits=3", "training.max_epochs=4", "model.hidden=[8]", "data.source=wine")


def call(script, *words):
    command = [sys.executable, str(PROJECT / "scripts" / script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory, only_run):
    root = tmp_path_factory.mktemp("curve") / "runs"
    said = call("learning_curve.py", f"output.root={root}", *SMALL, "--sizes", "0.3", "0.6")
    assert said.returncode == 0, said.stderr
    return only_run(root), said


def test_the_run_is_that_of_the_study_and_has_the_curve_as_file_picture_and_section(learnt):
    run, said = learnt
    assert read_sizes(run) == (0.3, 0.6, 1.0)
    curve = json.loads(run.learning_curve.read_text())["learners"]["lightning"]
    assert [point["size"] for point in curve["sizes"]] == [0.3, 0.6, 1.0]
    metrics = json.loads(run.framework("lightning").metrics.read_text())
    folds = [fold["scored"]["auroc"] for fold in metrics["folds"]]
    assert curve["sizes"][-1]["auroc"]["scored"]["folds"] == pytest.approx(folds)
    assert curve["sizes"][-1]["auroc"]["scored"]["ci95"] == pytest.approx(metrics["scored"]["auroc"]["ci95"])
    lines = list(csv.DictReader((run.root / "learning_curve.csv").open()))
    assert {line["rows"] for line in lines} == {"scored", "training"}
    assert float(lines[0]["mean"]) == curve["sizes"][0][lines[0]["metric"]]["scored"]["mean"]
    assert run.framework("lightning").learning_curve.read_bytes().startswith(b"\x89PNG")
    page = read_page((run.root / "report.html").read_text())
    assert set(tables(page)["Learning curve"]) == {"30 %", "60 %", "100 %"}
    assert curve["answer"]["auroc"]["sentence"] in said.stdout
    assert run.done.is_file()


def test_its_figure_is_made_once_for_its_file_and_the_page(learnt, monkeypatch):
    made = []
    make = learning_curve.learning_curve_figure
    monkeypatch.setattr(learning_curve, "learning_curve_figure", lambda *words: made.append(words) or make(*words))
    run, _ = learnt
    before = run.framework("lightning").learning_curve.read_bytes()
    judge_run(run)
    assert len(made) == 1
    assert run.framework("lightning").learning_curve.read_bytes() == before


@pytest.mark.slow
def test_the_whole_has_the_numbers_of_a_training_of_the_study(learnt, tmp_path, train, only_run):
    run, _ = learnt
    said = train(f"output.root={tmp_path}", *SMALL)
    assert said.returncode == 0, said.stderr
    plain = json.loads(only_run(tmp_path).framework("lightning").metrics.read_text())
    known = json.loads(run.framework("lightning").metrics.read_text())
    assert [fold["best_epoch"] for fold in known["folds"]] == [fold["best_epoch"] for fold in plain["folds"]]
    assert known["scored"]["loss"]["mean"] == pytest.approx(plain["scored"]["loss"]["mean"], rel=1e-4)


@pytest.mark.slow
def test_another_metric_is_evaluated_from_what_was_predicted_and_a_resumed_run_trains_nothing(learnt, tmp_path):
    run, _ = learnt
    figures = tmp_path / "figures"
    said = call("evaluate.py", run.root, "evaluation.metrics=[accuracy]", "--figures", figures, "--format", "svg")
    assert said.returncode == 0, said.stderr
    assert "<svg" in (figures / "lightning_learning_curve.svg").read_text()
    curve = json.loads(run.learning_curve.read_text())["learners"]["lightning"]
    assert curve["metrics"] == ["accuracy"]
    before = run.framework("lightning").weights.stat().st_mtime_ns
    said = call("learning_curve.py", "--resume", run.root)
    assert said.returncode == 0, said.stderr
    assert run.framework("lightning").weights.stat().st_mtime_ns == before
    assert "training rows (60 % to 100 %)" in said.stdout


def test_sizes_are_shares_and_the_whole_is_always_one_of_them():
    assert checked_sizes([0.5, 0.1, 0.5]) == (0.1, 0.5, 1.0)
    for wrong in ([0.0, 1.0], [1.5], [float("nan")]):
        with pytest.raises(StudyError, match="sizes: must be > 0 and <= 1"):
            checked_sizes(wrong)
    with pytest.raises(StudyError, match="two sizes or more"):
        checked_sizes([1.0])


def test_what_cannot_be_learnt_is_one_line_and_makes_no_run(tmp_path, default_run):
    root = f"output.root={tmp_path}"
    for words, cause in (
        ((root, "--sizes", "0.001", *SMALL), "choose larger sizes"),
        ((root, "framework=none", "baselines=[majority]"), "a learning curve is of networks"),
        (("--resume", default_run[0].root), "is a run without a learning curve"),
    ):
        said = call("learning_curve.py", *words)
        assert said.returncode == 2
        assert cause in said.stderr
        assert said.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_damaged_sizes_are_told(tmp_path):
    run = RunDirectory(tmp_path)
    assert read_sizes(run) == ()
    run.sizes.write_text('{"sizes": [0.5, "x"]}')
    with pytest.raises(StudyError, match=r"sizes\.json: is damaged"):
        read_sizes(run)
