"""`scripts/compare.py` as a user calls it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiment.run.files.reading import sealed

pytestmark = pytest.mark.needs("lightning")

PROJECT = Path(__file__).resolve().parents[2]
TOLD = ("training.max_epochs=6", "framework=lightning", "output.tensorboard=false")


def compare(*words) -> subprocess.CompletedProcess:
    command = [sys.executable, str(PROJECT / "scripts" / "compare.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)


def change_environment(run: Path, **changes) -> None:
    """As if the run had been made there, of another study perhaps."""
    environment = run / "environment.json"
    values = json.loads(environment.read_text()) | changes
    values.pop("study_sha256", None)
    environment.write_text(json.dumps(sealed(values)))


@pytest.fixture(scope="module")
def runs(train, tmp_path_factory) -> list[Path]:
    """A net, next to none on the same table and folds, and one that says that it had other folds."""
    root = tmp_path_factory.mktemp("compared")
    for name, setting in {"net": "seed=0", "none": "optimizer.learning_rate=1e-7"}.items():
        said = train(f"name={name}", *TOLD, setting, f"output.root={root}")
        assert said.returncode == 0, said.stderr
    shutil.copytree(root / "net", root / "other")
    runs = [next((root / name).iterdir()) for name in ("net", "none", "other")]
    change_environment(runs[2], folds_sha256="0" * 64)
    return runs


@pytest.mark.slow
def test_the_better_run_is_named(runs):
    said = compare(*runs[:2], "--metric", "auroc", "--metric", "loss")
    assert (said.returncode, said.stderr) == (0, "")
    assert "A: net " in said.stdout
    assert "optimizer.learning_rate" in said.stdout
    assert any(line.startswith("A and B: A is") for line in said.stdout.splitlines())
    assert "AUROC of all scored rows (DeLong)" in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 80


@pytest.mark.slow
def test_three_runs_are_told_on_a_screen_and_in_full_if_asked(runs):
    again = shutil.copytree(runs[1], runs[1].parents[1] / "again" / runs[1].name)
    said = compare(*runs[:2], again)
    assert (said.returncode, said.stderr) == (0, "")
    assert "DeLong: AUROC of all scored rows" in said.stdout
    assert len(said.stdout.splitlines()) <= 50
    full = compare(*runs[:2], again, "--pairs").stdout
    for pair in ("A - B", "A - C", "B - C"):
        assert f"{pair}, AUROC of all scored rows (DeLong): " in full


@pytest.mark.slow
def test_json_holds_every_number(runs):
    said = compare(*runs[:2], "--json", "--rope", "0.05")
    found = json.loads(said.stdout)
    assert [one["name"] for one in found["candidates"]] == ["net", "none"]
    assert found["rope"] == 0.05
    assert found["settings"] == {"optimizer.learning_rate": ["0.001", "1e-07"]}
    assert len(found["comparisons"]) == 9


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_plot_is_a_picture_of_its_kind(runs, tmp_path, suffix, magic):
    file = tmp_path / f"plot.{suffix}"
    assert compare(*runs[:2], "--plot", file).returncode == 0
    assert file.read_bytes().startswith(magic)


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        ((), 2, "arguments are required: RUN"),
        (("runs/none",), 73, "is not a run directory"),
        (("a", "b", "--plot", "plot.gif"), 2, "must end in .png, .svg or .pdf, received 'plot.gif'"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(words, code, cause):
    said = compare(*words)
    assert said.returncode == code
    assert cause in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.slow
def test_a_picture_that_cannot_be_written_is_told_with_its_cure(runs, tmp_path):
    file = tmp_path / "none" / "plot.png"
    said = compare(*runs[:2], "--plot", file)
    assert (said.returncode, said.stderr) == (
        74,
        f"{file}: cannot be written (No such file or directory); choose another FILE\n",
    )


@pytest.mark.slow
def test_other_folds_and_unknown_metrics_are_refused(runs):
    said = compare(runs[0], runs[2])
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "folds_sha256 is" in said.stderr
    assert "data_sha256" not in said.stderr
    said = compare(*runs[:2], "--metric", "rmse")
    assert (said.returncode, said.stdout) == (2, "")
    assert "--metric rmse: is not measured" in said.stderr


@pytest.mark.slow
def test_between_lightning_and_tensorflow_the_default_study_is_practically_equivalent(default_run):
    run, _ = default_run
    parts = (run.root / "lightning", run.root / "tensorflow")
    found = json.loads(compare(*parts, "--json").stdout)
    assert [one["name"] for one in found["candidates"]] == ["lightning", "tensorflow"]
    assert {one["verdict"] for one in found["comparisons"]} == {"practically equivalent"}
    assert min(one["equivalent"] for one in found["comparisons"]) > 0.999
    assert "A and B: practically equivalent in all 9 metrics" in compare(*parts).stdout


@pytest.mark.slow
def test_several_runs_of_both_frameworks_are_one_candidate_each_in_80_columns_of_a_pipe(default_run, tmp_path):
    run, _ = default_run
    again = shutil.copytree(run.root, tmp_path / "again" / run.root.name)
    study = again / "study.yaml"
    study.write_text(study.read_text().replace("dropout: 0.2", "dropout: 0.3"))
    change_environment(again, commit="b" * 40, dirty=False)
    said = compare(run.root, again)
    assert (said.returncode, said.stderr) == (0, "")
    lines = said.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert [line.split()[1] for line in lines if line[:2] in ("A:", "B:")] == ["dropout=0.2", "dropout=0.3"]
    assert len([line for line in lines if line.startswith(" A - B ")]) == 1
    assert "A, B: tensorflow is left out, practically equivalent in every metric" in said.stdout
    assert any(line.startswith("warning: code differs: A ") for line in lines)
    asked = json.loads(compare(run.root, again / "tensorflow", again / "lightning", "--json").stdout)
    assert {(one["a"], one["b"]) for one in asked["comparisons"]} == {
        ("dropout=0.2, lightning", "dropout=0.3, lightning"),
        ("dropout=0.3, tensorflow", "dropout=0.3, lightning"),
    }
