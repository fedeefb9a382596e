"""A baseline's file is read when the study is: what it lacks is one line, before anything starts."""

import pytest

from configs.seats.baselines import BASELINES

LABELS = "LABELS = ('a', 'b')\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (f"{LABELS}def make(task, seed): ...", "mine.py:1: there is no function build(task, seed, *, ...)"),
        (f"{LABELS}def build(task): ...", "mine.py:2: build must be build(task, seed, *, ...)"),
        (f"{LABELS}def build(task, seed, *, c: int = 1): ...", "build takes 'c', which a study cannot set"),
        ("def build(task, seed): ...", "there is no constant LABELS"),
        ("def build(", "mine.py:1: '(' was never closed"),
    ],
)
def test_a_file_that_is_no_baseline_says_where_and_why(write_net, tmp_path, problems, source, said):
    (tmp_path / BASELINES.folder / "mine.py").write_text(source)
    [line] = problems("baselines=[mine]")
    assert line.startswith("override baselines=[mine]: ")
    assert said in line
