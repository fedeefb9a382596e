"""Rows with one column of the data in another order: the same rows, and only that column is another row's."""

import numpy as np
from mixed import mixed
from small import small

from datamodules.permuting import permuted_rows, sources_of


def test_each_order_has_the_rows_of_the_member_and_no_other():
    _, folds = small()
    rows = permuted_rows(folds, 4, 10_000)
    for member, own in enumerate(rows.rows):
        np.testing.assert_array_equal(own, np.flatnonzero(folds.plan.roles[member] == 3))
        np.testing.assert_array_equal(np.sort(rows.orders[member], axis=1), np.tile(own, (4, 1)))
        assert (rows.orders[member] != own).any(axis=1).all()


def test_only_the_columns_of_one_source_are_permuted_and_all_of_them_by_the_same_order():
    _, folds = mixed()
    sources = sources_of(folds.table.schema)
    assert sources["seen"] == [3, 4]  # a date, of which two features are made
    rows, others = permuted_rows(folds, 3, 10_000), [0, 1, 2, 5, 6, 7]
    found = rows.permuted(sources["seen"]).reshape(len(folds.members), 3, rows.most, -1)
    for member, own in enumerate(rows.rows):
        for order, given in zip(rows.orders[member], found[member, :, : len(own)], strict=True):
            np.testing.assert_array_equal(given[:, others], folds.table.features[own][:, others])
            np.testing.assert_array_equal(given[:, [3, 4]], folds.table.features[order][:, [3, 4]])


def test_the_orders_of_a_fold_depend_on_its_key_alone():
    _, folds = small()
    every, last = permuted_rows(folds, 2, 40), permuted_rows(folds.subset([2]), 5, 40)
    np.testing.assert_array_equal(every.rows[2], last.rows[0])
    np.testing.assert_array_equal(every.orders[2], last.orders[0][:2])
    assert len(every.rows[2]) == 40


def test_test_rows_are_permuted_where_no_row_is_scored():
    _, folds = small("folds.method=split")
    np.testing.assert_array_equal(permuted_rows(folds, 1, 10_000).rows[0], np.flatnonzero(folds.plan.roles[0] == 4))
