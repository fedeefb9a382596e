"""What is wrong in the file of a data set is one line with its place, whatever it raises."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.reading.loading import load_table
from datamodules.table import Table

FILE = "datamodules/datasets/mine.py"


def columns(features: np.ndarray) -> Table:
    """A table of one column of numbers."""
    return Table("mine", features, np.zeros(3, np.float32), ("x",), "y", "regression")


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ({}, f"{FILE}: there is no function load(root)"),
        ({"load": lambda root: None}, f"{FILE}: load must return a Table, received NoneType"),
        ({"load": lambda root: {}["a"]}, f"{FILE}: KeyError: 'a'; fix that, or run again with --debug"),
        ({"load": lambda root: columns(np.zeros((3, 1)))}, f"{FILE}: a Table needs features.dtype == np.float32; fix"),
        (
            {"load": lambda root: columns(np.zeros((2, 1), np.float32))},
            f"{FILE}: a Table needs features.shape == (",
        ),
    ],
)
def test_a_file_that_gives_no_table_is_refused_in_one_line(monkeypatch, module, said):
    monkeypatch.setitem(sys.modules, "datamodules.datasets.mine", SimpleNamespace(**module))
    monkeypatch.setattr("datamodules.reading.loading.dataset_names", lambda: ["mine"])
    with pytest.raises(StudyError) as refused:
        load_table(Data(source="mine"))
    [line] = refused.value.problems
    assert line.startswith(said)
