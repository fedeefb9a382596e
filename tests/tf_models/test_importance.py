"""Importance of columns, measured by the networks of a training."""

from raw_rows import assert_raw_rows


def test_raw_rows_of_each_members_own_are_predicted_as_those_of_the_table(tmp_path):
    assert_raw_rows(tmp_path, "tf_models")
