"""Whatever file and study hypothesis writes, there is a right answer or lines for a person: up to the inputs of a net.

`EXAMPLES=5000 pytest tests/datamodules/test_any_file.py` looks for more.
"""

from argparse import Namespace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from any_files import NONE, any_files, any_keys, check_lines, how
from hypothesis import given

from configs.errors import StudyError
from configs.loading.loading import load_study
from datamodules.fold_data import fold_data, grouped_table
from datamodules.folds.plan import Role
from datamodules.inputs.applying import apply
from datamodules.reading.files.formats import read_file
from datamodules.reading.unseen import read_unseen
from scripts.commands.check_data import _run as check

EPOCH = datetime(1970, 1, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("any")


@how(60)
@given(any_files())
def test_every_value_is_the_one_that_was_written_or_the_file_is_refused_in_lines(folder, file):
    try:
        table = grouped_table(load_study(None, file.at(folder)))
    except StudyError as error:
        check_lines(error)
        return
    if not file.whole:
        return
    kept = _rows_with_target(file)
    assert table.rows == len(kept)
    kinds = {source.name: source.kind for source in table.sources}
    for place, column in enumerate(table.schema):
        written = next(one for one in file.columns if one.name == column.source)
        meaning = [written.meaning[row] for row in kept]
        _check_values(written, meaning, kinds[written.name], column, table.features[:, place])
    if written := next((one for one in file.columns if kinds.get(one.name) == "identifier"), None):
        assert len(set(written.cells)) > 1
    _check_target(file.written_target, [file.written_target.meaning[row] for row in kept], table)


def _rows_with_target(file):
    rows = range(len(file.columns[0].cells))
    return [row for row in rows if file.written_target.meaning[row] is not NONE]


def _check_values(written, meaning, kind, column, values):
    """The float32 `values` of a feature column mean what was written."""
    if written.kind in ("number", "whole", "count", "percent", "grouped") and kind == "numeric":
        expected = [np.nan if one is NONE else one for one in meaning]
        np.testing.assert_array_equal(values, np.array(expected, np.float64).astype(np.float32))
    if written.kind in ("words", "word", "yes", "id") and kind == "categorical":
        found = [None if np.isnan(code) else column.levels[int(code)] for code in values]
        assert [one for one in found if one] == [one for one, other in zip(meaning, found, strict=True) if other]
        assert all(one in (NONE, *file_gaps(one)) for one, other in zip(meaning, found, strict=True) if not other)
    if written.kind in ("date", "moment") and column.counts_days:
        expected = [np.nan if one is NONE else (one - EPOCH).total_seconds() / 86400 for one in meaning]
        np.testing.assert_allclose(values, np.array(expected).astype(np.float32), rtol=1e-6)


def _check_target(written, meaning, table):
    """Classes and numbers of the target mean what was written."""
    if written.kind == "label" and table.task != "regression":
        assert [table.classes[index] for index in table.targets] == meaning
    if written.kind in ("number", "whole", "percent", "grouped") and table.task == "regression":
        np.testing.assert_array_equal(table.targets, np.array(meaning, np.float64).astype(np.float32))
    if written.kind in ("number", "whole", "percent", "grouped") and table.task != "regression":
        assert [float(table.classes[index]) for index in table.targets] == meaning


@how(60)
@given(any_files())
def test_rows_are_predicted_from_the_values_that_they_were_trained_on(folder, file):
    overrides = file.at(folder)
    study = load_study(None, overrides)
    try:
        table = grouped_table(study)
    except StudyError:
        return
    if not file.whole or np.isinf(table.features).any():
        return
    formats = {source.name: source.format for source in table.sources}
    new = _without_target(file, study, folder)
    data = study.data.model_copy(update={"encoding": "utf-8"})
    pieces = list(read_unseen(new, table.schema, study.inputs, data, formats))
    features = np.vstack([piece.features for piece in pieces])[_rows_with_target(file)]
    np.testing.assert_array_equal(features, table.features)
    assert not any(levels for piece in pieces for levels in piece.unknown.values())


def _without_target(file, study, folder):
    """The rows of the file as new ones, which have no target."""
    frame = read_file(Path(study.data.source), study.data, set()).frame.drop(file.written_target.name)
    frame.write_csv(folder / "new.csv", separator=file.delimiter, quote_style="non_numeric")
    return folder / "new.csv"


def file_gaps(word):
    """`word`, if it may stand for a missing value."""
    return [word] if str(word).strip() in ("", "NA", "N/A", "-", "?", "null", "None", "nan") else []


@how(60)
@given(any_files(), any_keys())
def test_any_file_is_described_or_refused_in_lines(folder, capsys, file, keys):
    overrides = file.at(folder)
    for words in ([*overrides[1:], *keys], file.keys):
        try:
            check(Namespace(source=overrides[0].partition("=")[2], overrides=words))
        except StudyError as error:
            check_lines(error)
        else:
            assert "checked in" in capsys.readouterr().out


@how(60)
@given(any_files(), any_keys())
def test_the_inputs_of_any_study_are_finite_numbers_of_training_rows_alone(folder, file, keys):
    try:
        folds = fold_data(load_study(None, [*file.at(folder), *keys, "baselines=[]"]))
    except StudyError as error:
        check_lines(error)
        return
    table, plan, statistics = folds.table, folds.plan, folds.statistics
    study = load_study(None, [*file.at(folder), *keys, "baselines=[]"])
    for member in range(len(plan.members)):
        roles = plan.roles[member]
        inputs = apply(table.features, statistics, member)
        assert np.isfinite(inputs).all()
        train = roles == Role.train
        assert train.any()
        assert (np.ptp(inputs[train], axis=0)[statistics.keep[member] == 0] == 0).all()
        if study.inputs.scale == "standard":
            numbers = np.isnan(statistics.encoding.level) & (statistics.keep[member] > 0)
            np.testing.assert_allclose(inputs[train][:, numbers].mean(axis=0), 0, atol=1e-5)
        if table.groups is not None:
            assert all(len(set(roles[table.groups == group])) == 1 for group in np.unique(table.groups))
    assert ((plan.roles == Role.test) == (plan.roles[0] == Role.test)).all()
