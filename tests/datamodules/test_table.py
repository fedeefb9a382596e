from dataclasses import replace

import numpy as np
import pytest

from datamodules.schema import Column


def test_outputs_are_one_per_class_only_when_there_are_more_than_a_yes_and_a_no(make_table):
    assert make_table([0, 1]).outputs == 1
    assert make_table([0, 1, 2], "multiclass").outputs == 3
    assert make_table([0.5, 1, 2], "regression").outputs == 1


def test_the_digest_changes_with_every_value_and_name_but_not_with_what_the_table_is_called(make_table):
    table = make_table([0, 1, 0, 1])
    changed = table.features.copy()
    changed[3, 2] += 1
    others = [
        replace(table, features=changed),
        replace(table, features=table.features.reshape(4, 3)[::-1]),
        replace(table, targets=1 - table.targets),
        replace(table, columns=("a", "b", "d"), schema=()),
        replace(table, schema=(*table.schema[:2], Column("c", "c", "categorical", ("x", "y")))),
        replace(table, schema=(*table.schema[:2], Column("c", "c", "categorical", ("y", "x")))),
        replace(table, target="z"),
        replace(table, classes=("c1", "c0")),
        replace(table, groups=np.arange(4, dtype=np.int32)),
        replace(table, test_rows=np.arange(4)),
    ]
    assert len({table.digest(), *(other.digest() for other in others)}) == 1 + len(others)
    assert replace(table, name="other", note="n").digest() == table.digest()


def test_a_table_is_of_numbers_unless_its_schema_says_more(make_table):
    assert [(column.name, column.source, column.kind) for column in make_table([0, 1]).schema] == [
        (name, name, "numeric") for name in "abc"
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"features": np.zeros((4, 3))},
        {"features": np.zeros((4, 2), np.float32)},
        {"targets": np.zeros(4, np.int64)},
        {"classes": ()},
        {"groups": np.zeros(3, np.int32)},
        {"schema": (Column("b", "b"), Column("a", "a"), Column("c", "c"))},
    ],
)
def test_a_table_of_the_wrong_shape_or_dtype_cannot_be_made(make_table, wrong):
    with pytest.raises(AssertionError):
        replace(make_table([0, 1, 0, 1]), **wrong)
