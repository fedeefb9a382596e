"""Sizes of a learning curve as members of one stack."""

from sizes import assert_files_of_every_size, assert_sizes_are_their_studies


def test_each_size_is_the_study_alone_with_its_rows_and_the_whole_is_the_study_as_it_is(tmp_path):
    assert_sizes_are_their_studies(tmp_path, "lightning_mods")


def test_each_size_keeps_what_it_predicts_and_the_whole_is_the_run(tmp_path):
    assert_files_of_every_size(tmp_path, "lightning_mods", "lightning")
