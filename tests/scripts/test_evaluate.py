"""`evaluate.py` judges a finished run again from its predictions alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from evaluation.predictions import read_predictions
from experiment.run.run_directory import RunDirectory

pytestmark = pytest.mark.slow

EVALUATE = Path(__file__).resolve().parents[2] / "scripts" / "evaluate.py"
# Runs evaluate.py, then tells on standard error what it has imported.
LOOK = """
import runpy, sys
sys.argv[:] = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
FRAMEWORKS = {"torch", "pytorch_lightning", "torchmetrics", "tensorflow", "keras"}
WRITTEN = ("report.html", "report.md", "lightning/metrics.json", "tensorflow/metrics.json")


def call(*words, program=(str(EVALUATE),)):
    return subprocess.run([sys.executable, *program, *map(str, words)], capture_output=True, text=True)


@pytest.fixture
def run(default_run, tmp_path):
    """A copy of a finished run, to be spoilt."""
    shutil.copytree(default_run[0].root, tmp_path / "run")
    return RunDirectory(tmp_path / "run")


def test_a_run_writes_its_report_before_it_is_done(default_run):
    run, said = default_run
    page = (run.root / "report.html").stat().st_mtime_ns
    assert page <= run.done.stat().st_mtime_ns
    assert f"report       {run.root / 'report.html'}\n" in said.stdout


def test_what_was_spoilt_is_judged_anew_and_the_rest_is_left_alone(run):
    first = {name: (run.root / name).read_text() for name in WRITTEN}
    others = {path: path.read_bytes() for path in (run.study, run.folds, run.done, *run.root.glob("*/*.parquet"))}
    for name in WRITTEN:
        (run.root / name).write_text("spoilt")
    shutil.rmtree(run.root / "lightning" / "result")
    (run.root / "lightning" / "events.out.tfevents.0000000000.old").write_text("spoilt")
    said = call(run.root)
    assert (said.returncode, said.stderr) == (0, "")
    for name in WRITTEN:
        again = (run.root / name).read_text()
        assert json.loads(again) == json.loads(first[name]) if name.endswith("json") else len(again) > 5_000
    for folder in (run.root / "lightning", run.root / "lightning" / "result"):
        assert len(list(folder.glob("events.out.tfevents.*"))) == 1
    assert {path: path.read_bytes() for path in others} == others
    assert "out of fold" in said.stdout
    assert str(run.root / "report.html") in said.stdout


def test_no_framework_is_imported(run):
    said = call(EVALUATE, run.root, program=("-c", LOOK))
    assert "results" in said.stdout
    assert not set(said.stderr.split()) & FRAMEWORKS


def test_another_threshold_changes_the_decisions_and_not_the_study(run):
    study = run.study.read_text()
    said = call(run.root, "evaluation.threshold=0.9")
    assert said.returncode == 0
    assert "evaluated by evaluation.threshold=0.9" in said.stdout
    metrics = json.loads(run.framework("lightning").metrics.read_text())
    scored = read_predictions(run.framework("lightning").predictions).of_role("scored")
    called = scored.logits[:, 0] >= np.log(0.9 / 0.1)
    expected = {"f1": f1_score(scored.target, called), "recall": recall_score(scored.target, called)}
    assert metrics["thresholds"]["rule"] == "0.9"
    for name, value in expected.items():
        assert metrics["out_of_fold"][name] == pytest.approx(value)
    assert "evaluation.threshold=0.9" in (run.root / "report.md").read_text()
    assert run.study.read_text() == study


def test_a_run_is_judged_as_far_as_it_is_trained(run):
    (run.root / "tensorflow" / "fits.json").unlink()
    run.done.unlink()
    said = call(run.root)
    assert said.returncode == 0
    assert said.stderr == (
        f"{run.root}: tensorflow is not trained yet, and left out; go on with: train.py --resume {run.root}\n"
    )
    assert "tensorflow" not in said.stdout.replace(str(run.root), "")
    assert not run.done.exists()
    for name in ("lightning", *run.load_study().baselines):
        (run.root / name / "fits.json").unlink()
    said = call(run.root)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(f"{run.root}: has no predictions yet; train it first")


def test_one_run_does_not_keep_another_from_being_judged(run, tmp_path):
    said = call(tmp_path / "none", run.root)
    assert said.returncode == 73
    assert said.stderr.startswith(f"{tmp_path / 'none'}: is not a run directory")
    assert str(run.root / "report.html") in said.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("seed=1",), "override seed=1: only evaluation.* can change without training"),
        (("evaluation.threshold=2",), "override evaluation.threshold=2: must be"),
        (("evaluation.treshold=f1",), "did you mean 'threshold'"),
    ],
)
def test_a_wrong_override_is_told_and_nothing_is_written(run, words, expected):
    before = (run.root / "report.html").read_bytes()
    said = call(run.root, *words)
    assert (said.returncode, said.stdout) == (2, "")
    assert expected in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert (run.root / "report.html").read_bytes() == before


def test_damaged_predictions_are_told_in_one_line(run):
    (run.root / "lightning" / "validation.parquet").write_bytes(b"PAR1")
    said = call(run.root)
    assert said.returncode == 2
    assert said.stderr.startswith(f"{run.root / 'lightning' / 'validation.parquet'}: is damaged, or of another run")
    assert len(said.stderr.splitlines()) == 1


def test_help_is_quick_and_an_empty_line_is_wrong():
    assert "exit codes" in call("--help").stdout
    said = call("evaluation.threshold=f1")
    assert said.returncode == 2
    assert "name a run" in said.stderr
