"""`make test` and `make test-all` together run every test, and none of them twice."""

import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from configs.learners import LEARNERS

ROOT = Path(__file__).resolve().parent.parent
GONE = [room for room in ("lightning_mods", "tf_models") if not (ROOT / room / "__init__.py").is_file()]
"""Rooms of frameworks that were deleted: their tests do not run."""
TESTS = [path for path in (ROOT / "tests").rglob("*.py") if not {*path.relative_to(ROOT).parts} & {*GONE}]
FILES = sorted(str(path.relative_to(ROOT)) for path in TESTS if path.name.startswith("test_"))


def commands(target: str) -> list[list[str]]:
    """The words behind `pytest` of each command that make would run."""
    said = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = [shlex.split(line) for line in said.splitlines() if " -m pytest " in line]
    return [words[words.index("pytest") + 1 :] for words in lines]


def marks_of(words: list[str]) -> str:
    return words[words.index("-m") + 1]


def runs(words: list[str], file: str) -> bool:
    """Whether a call of pytest finds `file`: below a folder that it names, or any if it names none, and not ignored."""
    ignored = [words[place + 1] for place, word in enumerate(words) if word == "--ignore"]
    named = [word for word in words if word.startswith("tests/") and word not in ignored]
    return any(file.startswith(f"{folder}/") for folder in named or ["tests"]) and not any(
        file.startswith(f"{folder}/") for folder in ignored
    )


@pytest.mark.parametrize(("target", "marks"), [("test", ["not slow"]), ("test-all", ["not slow", "slow"])])
def test_every_file_of_tests_is_run_once_for_each_mark(target, marks):
    called = commands(target)
    found = {file: [marks_of(words) for words in called if runs(words, file)] for file in FILES}
    assert found == dict.fromkeys(FILES, marks)


def test_a_test_lies_in_a_file_that_pytest_finds():
    defined = [path for path in TESTS if "\ndef test_" in path.read_text()]
    assert sorted(str(path.relative_to(ROOT)) for path in defined) == FILES


def test_what_must_hold_before_a_change_lands_is_all_of_it():
    steps = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in steps if line.startswith("make ")] == ["make lint", "make test-all"]


def test_make_lint_checks_the_types_of_every_room_that_is_there():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    checked = {path.name for pattern in told for path in ROOT.glob(pattern)}
    assert {learner.room for learner in LEARNERS.values() if learner.is_here()} <= checked
    assert not {learner.room for learner in LEARNERS.values()} & {*told}  # mypy refuses a name that is not there
