import subprocess
import sys
from importlib.metadata import version

from experiment import environment as module
from experiment.environment import environment


def test_it_says_what_a_run_ran_on():
    found = environment(["train.py", "seed=1"], "d" * 64, "f" * 64)
    assert found["command"] == ["train.py", "seed=1"]
    assert (found["data_sha256"], found["folds_sha256"]) == ("d" * 64, "f" * 64)
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["packages"]["numpy"] == version("numpy")
    assert found["cores"] >= 1
    assert found["processor"]


def test_the_commit_is_gits(monkeypatch):
    git = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=module.__file__.rsplit("/", 1)[0]
    )
    commit = environment([], "", "")["commit"]
    assert (commit or "").removesuffix("-dirty") == git.stdout.strip()


def test_without_git_there_is_no_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert environment([], "", "")["commit"] is None
