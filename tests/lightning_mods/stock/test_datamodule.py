import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from small import small

from datamodules.batches import epoch_chunks
from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from datamodules.lightning import EpochChunks, FoldDataModule
from experiment.nets.predictor import gather_logits
from experiment.training.session import predicted_rows
from lightning_mods.module import FoldModule


@pytest.fixture(scope="module")
def data():
    study, folds = small("training.batch_size=16", "training.steps_per_execution=5")
    return folds, FoldDataModule(study, folds)


def test_the_chunks_of_an_epoch_are_those_of_the_plan(data):
    folds, module = data
    chunks = module.train_dataloader()
    for epoch in (0, 3):
        chunks.sampler.set_epoch(epoch)
        expected = list(epoch_chunks(folds.rows(Role.train), folds.members, epoch, 16, 5))
        assert len(chunks) == len(expected) > 1
        for tensors, chunk in zip(chunks, expected, strict=True):
            for tensor, array in zip(tensors, (chunk.rows, chunk.weights, chunk.keys), strict=True):
                np.testing.assert_array_equal(tensor, array)


def test_rows_and_keys_are_int64(data):
    rows, weights, keys = next(iter(data[1].train_dataloader()))
    assert (rows.dtype, weights.dtype, keys.dtype) == (torch.int64, torch.float32, torch.int64)


@pytest.mark.parametrize("which", ["val", "predict"])
def test_every_row_that_is_predicted_comes_once(data, which):
    folds, module = data
    roles = (Role.validation,) if which == "val" else (Role.validation, Role.scored, Role.test)
    batches = list(getattr(module, f"{which}_dataloader")())
    rows, weights = (torch.cat(parts, dim=1).numpy() for parts in zip(*batches, strict=True))
    for member, expected in enumerate(folds.rows(*roles)):
        np.testing.assert_array_equal(rows[member][weights[member] > 0], expected)


def test_a_trainer_predicts_the_rows_that_a_run_has_logits_of():
    study, folds = small()
    module = FoldModule(study, folds)
    settings = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = pl.Trainer(accelerator="cpu", **settings)
    said = torch.cat(trainer.predict(module, datamodule=FoldDataModule(study, folds)), dim=1)
    logits = gather_logits(folds, module.row_logits, *PREDICTED)
    for member, (values, rows) in enumerate(zip(logits, predicted_rows(folds), strict=True)):
        np.testing.assert_allclose(said[member, : len(rows)], values, rtol=1e-6)


def test_a_study_that_keeps_no_validation_rows_has_no_validation_batches():
    study, folds = small("folds.validation_fraction=0", "training.early_stopping=null")
    assert FoldDataModule(study, folds).val_dataloader() == []


def test_a_new_loader_starts_at_epoch_0(data):
    assert EpochChunks(data[0], data[1].plan).epoch == 0
