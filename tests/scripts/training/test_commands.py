"""What `train.py` does without training."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from configs.loading.loading import load_study, study_schema

# Runs train.py in a fresh process, then tells on standard error what it has imported.
LOOK = """
import runpy, sys
sys.argv[:] = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
HEAVY = {"numpy", "pydantic", "yaml", "polars", "sklearn", "scipy", "matplotlib", "rich", "tensorboard"}
FRAMEWORKS = {"torch", "pytorch_lightning", "torchmetrics", "tensorflow", "keras"}
TRAIN = Path(__file__).resolve().parents[3] / "scripts" / "train.py"


def imported(*words: str) -> set[str]:
    child = subprocess.run([sys.executable, "-c", LOOK, TRAIN, *words], capture_output=True, text=True, check=True)
    assert child.stdout
    return set(child.stderr.split())


def test_help_imports_nothing_but_the_standard_library():
    found = imported("--help")
    assert not found & (HEAVY | FRAMEWORKS)
    assert not found & {"configs", "datamodules", "evaluation", "experiment", "reporting"}


@pytest.mark.both_rooms
@pytest.mark.parametrize(
    "command", ["--print-config", "--print-schema", pytest.param("--dry-run", marks=pytest.mark.slow)]
)
def test_looking_imports_no_framework(command):
    assert not imported(command) & FRAMEWORKS


def test_a_printed_study_is_the_same_study(train, tmp_path):
    words = ("configs/wine.yaml", "model.dropout=0.3", "training.early_stopping=null", "seed=5")
    said = train("--print-config", *words)
    (tmp_path / "printed.yaml").write_text(said.stdout)
    assert load_study(tmp_path / "printed.yaml", []) == load_study(TRAIN.parents[1] / words[0], words[1:])
    assert train("--print-config", tmp_path / "printed.yaml").stdout == said.stdout


def test_the_printed_schema_is_json(train):
    assert json.loads(train("--print-schema").stdout) == json.loads(json.dumps(study_schema()))


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{sys.executable} {TRAIN} --print-schema | true; echo ${{PIPESTATUS[0]}}"
    child = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (child.stdout, child.stderr) == ("0\n", "")


@pytest.mark.both_rooms
@pytest.mark.parametrize("buffering", ["", "1"])
@pytest.mark.parametrize(("where", "code"), [("> /dev/full", 74), (">&-", 0)])
def test_an_output_that_cannot_be_written_is_told_and_a_closed_one_is_nobodys(where, code, buffering):
    command = ["bash", "-c", f"{sys.executable} {TRAIN} --print-config {where}"]
    child = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONUNBUFFERED": buffering})
    place = "standard output, or a file: No space left on device"
    told = f"{place}; fix that, then start again or go on with --resume\n" if code else ""
    assert (child.returncode, child.stderr) == (code, told)


@pytest.mark.slow
@pytest.mark.both_rooms
def test_a_dry_run_shows_table_and_folds_and_makes_nothing(train, tmp_path):
    said = train("--dry-run", f"output.root={tmp_path / 'runs'}", "folds.splits=5")
    assert (said.returncode, said.stderr) == (0, "")
    for words in ("569 rows", "malignant 212 (positive)", "fold plan digest"):
        assert words in said.stdout
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.both_rooms
def test_a_dry_run_ends_with_hints_that_can_be_followed(train, tmp_path):
    rows = [f"{1000 + 2 * row},2024-01-{row % 28 + 1:02},{row * 37 % 401 / 7},{row // 2 % 2}\n" for row in range(200)]
    (tmp_path / "own.csv").write_text("number,day,value,y\n" + "".join(rows))
    words = ("--dry-run", f"data.source={tmp_path / 'own.csv'}", "data.target=y")
    assert "\n  day  date  2024-01-01 to 2024-01-28\n" in train(*words).stdout
    said = train(*words, "data.drop=day")
    assert (said.returncode, said.stderr) == (0, "")
    assert "\nleft out: day\n" in said.stdout
    (hint,) = [line for line in said.stdout.splitlines() if line.startswith("hint: ")]
    assert hint.endswith("'data.drop=[day, number]' leaves it out")
    followed = train(*words, "data.drop=[day, number]").stdout
    assert "200 rows, 1 columns" in followed
    assert "hint" not in followed


@pytest.mark.slow
@pytest.mark.both_rooms
def test_a_dry_run_says_that_tf32_does_nothing_on_a_cpu(train):
    words = ("--dry-run", "training.accelerator=cpu")
    said = train(*words, "training.precision=tf32")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines()[-2].startswith("training.precision: tf32 is a format of GPUs and does nothing")
    assert "tf32" not in train(*words).stdout


def test_two_studies_in_one_file_are_one_line(train, tmp_path):
    (tmp_path / "two.yaml").write_text("---\nseed: 1\n---\nseed: 2\n")
    said = train(tmp_path / "two.yaml", "--print-config")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == (
        f"{tmp_path / 'two.yaml'}:3: a second document begins here: one file is one study; "
        "remove it, or give it a file of its own\n"
    )


@pytest.mark.both_rooms
def test_all_that_is_wrong_is_told_at_once_without_a_traceback(train, tmp_path):
    (tmp_path / "wrong.yaml").write_text("seed: -1\nfolds: {splits: 1}\n")
    said = train(tmp_path / "wrong.yaml", "optimiser.name=adam", "training.batch_size=x")
    assert (said.returncode, said.stdout) == (2, "")
    lines = said.stderr.splitlines()
    assert len(lines) == 4
    for words in (
        "wrong.yaml:1: seed",
        "wrong.yaml:2: folds.splits",
        "did you mean 'optimizer'",
        "training.batch_size",
    ):
        assert sum(words in line for line in lines) == 1, (words, lines)


def test_debug_shows_where_it_happened(train):
    said = train("--debug", "seed=-1")
    assert said.returncode == 2
    assert "Traceback" in said.stderr
    assert "Traceback" not in train("seed=-1").stderr


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("no_such.yaml",), 2, "no_such.yaml"),
        (("configs/iris.yaml", "configs/wine.yaml"), 2, "one study file is enough"),
        (("data.source=no_such.csv", "data.target=y"), 2, "no_such.csv"),
        (("data.source=breast_cancr",), 2, "did you mean"),
        (("--resume", "no/run"), 73, "no/run: is not a run directory"),
        (("--resume", "runs/x", "seed=1"), 2, "drop seed=1"),
        (("--resume", "x", "--dry-run"), 2, "not allowed with"),
        (("--dry", "seed=1"), 2, "unrecognized arguments: --dry"),
        (("output.root=/dev/null/runs",), 73, "set output.root to another folder"),
    ],
)
def test_a_mistake_has_a_code_and_a_line(train, words, code, expected):
    said = train(*words)
    assert (said.returncode, said.stdout) == (code, "")
    assert expected in said.stderr.splitlines()[-1]


def test_changes_may_stand_on_either_side_of_an_option(train):
    said = train("configs/iris.yaml", "--print-config", "seed=7")
    assert said.returncode == 0
    assert "seed: 7" in said.stdout


def test_a_study_of_the_project_is_found_from_any_folder(train, tmp_path):
    said = train("configs/wine.yaml", "--print-config", cwd=tmp_path)
    assert (said.returncode, said.stdout.splitlines()[0]) == (0, "name: wine")
    said = train("configs/wines.yaml", "--print-config", cwd=tmp_path)
    assert "configs/wines.yaml: there is no such file; did you mean 'configs/wine.yaml'?" in said.stderr


def test_the_folder_of_the_caller_is_where_files_are_looked_for(train, tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\n")
    said = train("mine.yaml", "--print-config", cwd=tmp_path)
    assert "name: mine" in said.stdout
