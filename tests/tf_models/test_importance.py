"""Importance of columns, measured by the networks of a training."""

import pytest
from explained import assert_explained
from raw_rows import assert_raw_rows


def test_raw_rows_of_each_members_own_are_predicted_as_those_of_the_table(tmp_path):
    assert_raw_rows(tmp_path, "tf_models")


@pytest.mark.slow
def test_explaining_a_run_measures_what_scikit_learns_model_with_its_weights_loses(tmp_path, monkeypatch, capsys):
    assert_explained(tmp_path, "tensorflow", monkeypatch, capsys)
