"""The children of a run are started before the parent knows it, and are handed the data that the parent has read."""

import pickle
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
from small import small

from configs.learners import LEARNERS
from experiment.training import children
from experiment.training.children import started

pytestmark = pytest.mark.slow

RECEIVER = """
import pathlib, pickle
from experiment.training.turn import Turn
turn = Turn()
told = turn.run()
pathlib.Path(r"{place}").write_bytes(pickle.dumps(told))
"""


@pytest.fixture
def received(tmp_path, monkeypatch):
    """What each of two children has been told, once both have ended."""
    for name in ("lightning", "tensorflow"):
        (tmp_path / f"{name}_receiver.py").write_text(RECEIVER.format(place=tmp_path / name))
        monkeypatch.setitem(LEARNERS, name, LEARNERS[name]._replace(fit=f"{name}_receiver"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def tell(act):
        with started(["lightning", "tensorflow"]) as all_children:
            act(all_children)
            for child in all_children.values():
                assert child.process.wait(30) == 0
        return [pickle.loads((tmp_path / name).read_bytes()) for name in ("lightning", "tensorflow")]

    return tell


def test_every_child_is_handed_the_run_and_the_data_that_the_parent_has_read(received, tmp_path):
    _, folds = small()
    for root, handed in received(lambda every: every.hand(tmp_path / "run", folds)):
        assert root == tmp_path / "run"
        assert handed.table.digest() == folds.table.digest()
        assert handed.plan.digest() == folds.plan.digest()
        for field in fields(folds.statistics):
            mine, theirs = (getattr(one.statistics, field.name) for one in (folds, handed))
            np.testing.assert_array_equal(mine, theirs)


def test_a_child_reads_the_data_itself_if_none_is_handed_or_another_python_runs_it(received, tmp_path, monkeypatch):
    assert received(lambda every: every.hand(tmp_path / "run")) == [(tmp_path / "run", None)] * 2
    other = tmp_path / "python"
    other.symlink_to(sys.executable)
    monkeypatch.setattr(children, "interpreter", lambda framework: str(other))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{':'.join(sys.path)}")
    assert received(lambda every: every.hand(tmp_path / "run", small()[1])) == [(tmp_path / "run", None)] * 2


def test_a_child_whose_parent_has_no_run_for_it_leaves(received):
    assert received(lambda every: [child.leave() for child in every.values()]) == [None, None]


def test_nothing_that_takes_time_is_imported_before_the_children_start():
    program = "import sys; import experiment.training.children; print(*{'numpy', 'polars', 'sklearn'} & {*sys.modules})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "\n"
