"""A copy of the project without one of the framework rooms."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from configs.files.places import PROJECT
from configs.learners import LEARNERS

pytestmark = [pytest.mark.slow, pytest.mark.both_rooms]
NEUTRAL = ("configs", "datamodules", "evaluation", "reporting", "experiment", "sklearn_models", "scripts")
PARTS = (".ci", *NEUTRAL, "benchmarks", "lightning_mods", "tests", "tf_models")
FILES = ("Makefile", "constraints.txt", "pyproject.toml")
SMALL = ("training.max_epochs=1", "output.tensorboard=false", "folds.splits=2")


@pytest.fixture(scope="module", params=["tensorflow", "lightning"])
def copy(request, tmp_path_factory):
    """The copy, the learner that is missing there, and the other one."""
    missing = LEARNERS[request.param]
    folder = tmp_path_factory.mktemp("copy")
    for part in (*PARTS, *FILES):
        if part != missing.room and (PROJECT / part).is_dir():
            shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif part != missing.room:
            shutil.copy(PROJECT / part, folder / part)
    for environment in PROJECT.glob(".venv-*"):
        (folder / environment.name).symlink_to(environment)
    return folder, missing, LEARNERS[missing.twin]


def call(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})


def test_the_other_framework_trains_and_one_line_says_so(copy):
    folder, missing, other = copy
    said = call(folder, sys.executable, "scripts/train.py", *SMALL)
    assert said.returncode == 0, said.stderr
    told = f"there is no {missing.room}/ in this copy, so {other.name} is trained alone"
    assert said.stderr.count(f"{missing.name} is left out: {told}") == 1
    [run] = folder.glob("runs/*/*")
    assert (run / "DONE").is_file()
    assert [name for name in LEARNERS if (run / name / "metrics.json").is_file()] == [other.name]


def test_the_missing_framework_is_one_line_before_anything_starts(copy):
    folder, missing, _ = copy
    said = call(folder, sys.executable, "scripts/train.py", f"framework={missing.name}", "output.root=none")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert f"there is no {missing.room}/ in this copy; put it back, or set framework=" in said.stderr
    assert not (folder / "none").exists()


def test_the_arrows_are_still_checked(copy):
    folder, *_ = copy
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_architecture.py", "-k", "arrows or twins")
    said = call(folder, sys.executable, *words)
    assert said.returncode == 0, said.stdout
    file = folder / "evaluation" / "upward.py"
    file.write_text("import experiment.conduct\n")
    assert call(folder, sys.executable, *words).returncode == 1
    file.unlink()


def test_only_the_rooms_that_are_there_are_installed_and_tested(copy):
    folder, missing, other = copy
    said = call(folder, "make", "--dry-run", "test", "PYTHON=python3").stdout
    assert f"worksteal tests/{other.room}" in said
    assert f"worksteal tests/{missing.room}" not in said
    extra = {"lightning": "lightning", "tensorflow": "tf"}[other.name]
    assert f'".[{extra},tune,ray,slurm,dev]"' in said


@pytest.mark.parametrize("words", [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)], ids=" ".join)
def test_lint_holds(copy, words):
    folder, *_ = copy
    program, *options = words
    said = call(folder, str(Path(sys.executable).with_name(program)), *options)
    assert said.returncode == 0, said.stdout


def test_the_tests_that_ask_which_rooms_there_are_pass(copy):
    folder, *_ = copy
    files = (
        "tests/configs/seats",
        "tests/configs/test_learners.py",
        "tests/test_architecture.py",
        "tests/test_targets.py",
    )
    said = call(folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *files)
    assert said.returncode == 0, said.stdout
