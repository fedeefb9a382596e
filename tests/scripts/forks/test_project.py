"""`python scripts/train.py` by a Python that has none of the packages."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import project

PROJECT = Path(project.__file__).resolve().parents[1]
ROOMS = ("configs", "datamodules", "evaluation", "experiment", "reporting")
OPTIONAL = {"keras_tuner", "ray", "submitit"}
"""Packages of extras, which only what they are for imports."""
ADAPTERS = [PROJECT / "datamodules" / f"{framework}.py" for framework in ("lightning", "tensorflow")]


@pytest.fixture
def bare_python(tmp_path) -> str:
    """This Python without its packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    return str(tmp_path / "bare" / "bin" / "python")


@pytest.fixture
def checkout(tmp_path) -> Path:
    """The scripts and what they import first, beside a `.venv` if `.venv/bin/python` is made there."""
    folder = tmp_path / "checkout"
    first = ("scripts/__init__", "scripts/train", "scripts/project", "scripts/study_words")
    signals = ("experiment/__init__", "experiment/training/__init__", "experiment/training/interrupts")
    for name in (*first, *signals):
        place = folder / f"{name}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text((PROJECT / f"{name}.py").read_text())
    return folder


def call(python, checkout, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [python, checkout / "scripts" / "train.py", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_the_command_goes_on_in_the_projects_environment(bare_python, checkout):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    stand_in = checkout / ".venv" / "bin" / "python"
    stand_in.write_text('#!/bin/sh\necho "$@"\nexit 3\n')
    stand_in.chmod(0o755)
    said = call(bare_python, checkout, "seed=1", "--dry-run")
    assert (said.returncode, said.stdout) == (3, f"{checkout / 'scripts' / 'train.py'} seed=1 --dry-run\n")


def test_a_python_that_is_too_old_is_left_before_anything_else_is_imported(checkout):
    (checkout / "scripts" / "study_words.py").write_text("raise TypeError")
    program = """import runpy, sys
sys.version_info = (3, 9, 18)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
    words = [sys.executable, "-c", program, checkout / "scripts" / "train.py"]
    said = subprocess.run(words, capture_output=True, text=True, cwd=checkout, env={"PATH": "/usr/bin:/bin"})
    assert said.stderr.startswith("Python 3.11 to 3.13: not installed for ")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)


def test_a_python_that_is_not_supported_is_a_line_of_make_and_nothing_is_made(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((PROJECT / name).read_text())
    said = subprocess.run(["make", "setup", "PYTHON=false", "GPU="], cwd=tmp_path, capture_output=True, text=True)
    assert "twinfold needs Python 3.11, 3.12 or 3.13, which 'false' is not" in said.stdout
    assert said.returncode == 2
    assert not (tmp_path / ".venv").exists()


def test_without_an_environment_the_cure_is_told(bare_python, checkout):
    said = call(bare_python, checkout, "seed=1")
    assert said.returncode == 2
    assert "numpy, pydantic" in said.stderr
    assert said.stderr.endswith("run `make setup` once\n")


def imported_by(path) -> set[str]:
    """Top-level names that a file imports from anywhere, a function of it included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module.partition(".")[0])
    return found


def test_every_package_that_the_neutral_rooms_import_is_looked_for():
    files = [path for room in ROOMS for path in (PROJECT / room).rglob("*.py") if path not in ADAPTERS]
    imported = set().union(*map(imported_by, files)) - set(sys.stdlib_module_names) - set(ROOMS) - OPTIONAL
    assert sorted(project.NEEDED) == sorted(imported)


def test_a_python_that_has_the_packages_is_kept(monkeypatch):
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("left a good environment"))
    project.enter_environment()
