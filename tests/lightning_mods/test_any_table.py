"""Whatever file and study hypothesis writes, an epoch trains on it, or it is refused in lines for a person."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from any_files import any_files, any_keys, check_lines, how
from hypothesis import given

from configs.errors import StudyError
from configs.loading.loading import load_study
from datamodules.fold_data import PREDICTED, fold_data
from experiment.run.run_directory import FrameworkDirectory
from lightning_mods.fit import fit

SMALL = ("training.max_epochs=1", "model.hidden=[4]", "output.tensorboard=false", "baselines=[]", "framework=lightning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("any")


@how(12)
@given(any_files(most_rows=40), any_keys())
def test_an_epoch_of_any_study_gives_finite_answers_for_every_row(folder, file, keys):
    try:
        study = load_study(None, [*file.at(folder), *keys, *SMALL])
        folds = fold_data(study)
    except StudyError as error:
        check_lines(error)
        return
    with TemporaryDirectory() as made:
        result = fit(study, folds, FrameworkDirectory(Path(made)))
    for logits, rows in zip(result.logits, folds.rows(*PREDICTED), strict=True):
        assert logits.shape == (len(rows), folds.table.outputs)
        assert np.isfinite(logits).all()
    assert all(np.isfinite(array).all() for array in result.weights.values())
