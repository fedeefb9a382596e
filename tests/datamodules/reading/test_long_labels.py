"""Integer labels stay apart beyond 2^53, where a float64 merges them."""

import numpy as np
import polars as pl
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.reading.columns.target import encode_target

LARGE = 2**60


def encoded(values, **data):
    return encode_target(pl.Series("y", values), Data(source="t.csv", target="y", **data), "t.csv: column 'y'")


@pytest.mark.parametrize("shift", [0, -(2**61), 2**66], ids=["int64", "negative", "int128"])
@pytest.mark.parametrize("text", [False, True])
def test_neighbours_are_two_classes_with_their_own_names(shift, text):
    labels = [LARGE + shift, LARGE + shift + 1]
    target = encoded([str(label) for label in labels * 5] if text else pl.Series(labels * 5, dtype=pl.Int128))
    assert (target.task, target.classes) == ("binary", tuple(map(str, labels)))
    np.testing.assert_array_equal(target.values, [0, 1] * 5)


def test_labels_are_sorted_as_numbers_and_the_positive_one_is_found_by_its_name():
    target = encoded([LARGE + 1, 5, LARGE, LARGE + 1])
    assert (target.task, target.classes) == ("multiclass", ("5", str(LARGE), str(LARGE + 1)))
    np.testing.assert_array_equal(target.values, [2, 0, 1, 2])
    assert encoded([LARGE, LARGE + 1] * 3, positive=str(LARGE)).classes == (str(LARGE + 1), str(LARGE))


def test_labels_that_were_written_as_floats_may_be_merged_and_are_refused():
    for values in ([float(LARGE), 1.0] * 3, [f"{LARGE}.0", f"{LARGE + 1}.0"] * 3):
        with pytest.raises(StudyError, match=r"above 2\^53, which a float64 cannot tell apart: write its labels"):
            encoded(values)


def test_numbers_that_merge_are_no_regression_and_others_are():
    with pytest.raises(StudyError, match=r"subtract an offset, or set data.task=multiclass"):
        encoded([LARGE + number for number in range(60)])
    assert encoded([number << 55 for number in range(1, 61)]).task == "regression"
    assert encoded([LARGE + number for number in range(60)], task="multiclass").classes[1] == str(LARGE + 1)


def test_an_infinite_label_is_refused_as_an_infinite_number_is():
    for task in ("auto", "multiclass", "regression"):
        with pytest.raises(StudyError, match=r"has 1 infinite value \(row 2\)"):
            encoded([1.0, np.inf, 2.0], task=task)
