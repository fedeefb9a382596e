import sys
from importlib.metadata import version

from experiment.run.environment import environment
from experiment.run.source import Source


def test_it_says_what_a_run_ran_on():
    found = environment(["train.py", "seed=1"], "d" * 64, "f" * 64, Source())
    assert found["command"] == ["train.py", "seed=1"]
    assert (found["data_sha256"], found["folds_sha256"]) == ("d" * 64, "f" * 64)
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["packages"]["numpy"] == version("numpy")
    assert found["cores"] >= 1
    assert found["processor"]


def test_it_says_of_the_code_where_it_stands():
    source = Source("c" * 40, b"diff", "e" * 64)
    found = environment([], "", "", source)
    assert [found[key] for key in ("commit", "dirty", "diff_sha256", "commit_unknown")] == [
        "c" * 40,
        True,
        "e" * 64,
        None,
    ]
    unknown = environment([], "", "", Source(unknown="git is not installed"))
    told = [unknown[key] for key in ("commit", "dirty", "diff_sha256", "commit_unknown")]
    assert told == [None, None, None, "git is not installed"]
