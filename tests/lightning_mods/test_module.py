import numpy as np
import pytest
import pytorch_lightning as pl
import scores
import torch
from formulas import mlp
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from small import TASKS, small

from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from datamodules.inputs.applying import apply
from datamodules.lightning import FoldDataModule
from experiment.nets.predictor import gather_logits
from lightning_mods.module import FoldModule
from lightning_mods.stack.optimizer import StackOptimizer
from lightning_mods.weights import to_arrays

UNITS = [
    ("auto", lambda errors: np.mean(errors**2)),
    ("squared", lambda errors: np.mean(errors**2)),
    ("{name: huber, delta: 50}", lambda errors: np.mean(errors**2) / 2),  # no error is 50 standard deviations large
    ("quantile", lambda errors: np.mean(np.abs(errors)) / 2),
]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore:.*LeafSpec.*")


def trainer(folder, epochs=3, callbacks=(), **settings):
    """An ordinary Trainer, as a researcher makes it."""
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    checkpoints = any(isinstance(callback, ModelCheckpoint) for callback in callbacks)
    settings = {"enable_checkpointing": checkpoints} | settings
    return pl.Trainer(
        accelerator="cpu", max_epochs=epochs, default_root_dir=folder, callbacks=list(callbacks), **quiet, **settings
    )


def values_of(module, folds, rows):
    """The logits that NumPy computes from the module's weights: `(rows, outputs)` of member 1."""
    arrays = {
        name: array.astype(np.float64) for name, array in to_arrays(module.stack.flat, module.stack.layout).items()
    }
    outputs = mlp(arrays, 1, apply(folds.table.features[rows], folds.statistics, 1))
    return outputs * folds.statistics.target_scale[1] + folds.statistics.target_center[1]


@pytest.mark.parametrize("task", TASKS)
def test_a_member_predicts_what_numpy_computes_from_its_weights(task, tmp_path):
    study, folds = small("training.precision=64", task=task)
    module = FoldModule(study, folds)
    trainer(tmp_path, 1).fit(module, datamodule=FoldDataModule(study, folds))
    module.eval()
    judged = gather_logits(folds, module.row_logits, *PREDICTED)
    rows = folds.rows(*PREDICTED)
    assert [len(logits) for logits in judged] == [len(own) for own in rows]
    np.testing.assert_allclose(judged[1], values_of(module, folds, rows[1]), rtol=1e-6, atol=1e-6)
    everything = module(torch.tensor(folds.table.features)).detach()
    np.testing.assert_allclose(everything[1], values_of(module, folds, slice(None)), rtol=1e-12, atol=1e-12)
    batches = trainer(tmp_path).predict(module, datamodule=FoldDataModule(study, folds))
    np.testing.assert_allclose(torch.cat(batches, dim=1)[1, : len(rows[1])], judged[1], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_the_live_metrics_are_scikit_learns_on_the_validation_rows(task, tmp_path):
    study, folds = small(task=task)
    module = FoldModule(study, folds)
    trainer(tmp_path, 2).fit(module, datamodule=FoldDataModule(study, folds))
    rows = folds.rows(Role.validation)[1]
    logits, targets = values_of(module, folds, rows), folds.table.targets[rows]
    single = scores.Scores(logits[None], targets[None], np.ones((1, len(rows))))
    live = module.record(1).validation
    for name, expected in scores.judged_by_sklearn(single, 0, task).items():
        assert live[name][1] == pytest.approx(expected, rel=1e-4, abs=1e-4), name


@pytest.mark.parametrize(("loss", "judge"), UNITS)
def test_the_training_loss_is_the_mean_over_the_rows_in_the_targets_units(loss, judge, tmp_path):
    study, folds = small(f"training.loss={loss}", "model.dropout=0", "optimizer.learning_rate=1e-30", task="regression")
    module = FoldModule(study, folds)
    trainer(tmp_path, 1).fit(module, datamodule=FoldDataModule(study, folds))
    rows = folds.rows(Role.train)[1]
    expected = judge(values_of(module, folds, rows)[:, 0] - folds.table.targets[rows])
    assert module.record(0).train_loss[1] == pytest.approx(expected, rel=1e-5)


def test_a_plain_trainer_with_stock_callbacks_trains_all_members(tmp_path):
    study, folds = small("training.max_epochs=40", "optimizer.learning_rate=0.02")
    module = FoldModule(study, folds)
    best = ModelCheckpoint(tmp_path, monitor="loss/validation", filename="best")
    stop = EarlyStopping("auroc/validation", mode="max", patience=2)
    plain = trainer(tmp_path, 40, [best, stop])
    start = module.stack.flat.detach().clone()
    plain.fit(module, datamodule=FoldDataModule(study, folds))
    assert 2 < plain.current_epoch < 40
    assert (module.stack.flat != start).any(1).all()
    metrics = plain.callback_metrics
    assert {"loss/train", "loss/validation", "auroc/validation", "f1/validation"} <= set(metrics)
    assert metrics["auroc/validation"] > 0.97
    steps = sum(len(chunk[0]) for chunk in FoldDataModule(study, folds).train_dataloader())
    assert plain.global_step == steps * plain.current_epoch

    saved = torch.load(best.best_model_path, weights_only=True)
    restored = FoldModule(study, folds)
    restored.load_state_dict(saved["state_dict"])
    found = trainer(tmp_path).validate(restored, datamodule=FoldDataModule(study, folds), verbose=False)
    assert found[0]["loss/validation"] == pytest.approx(float(best.best_model_score), rel=1e-6)


def test_a_checkpoint_of_a_plain_trainer_continues_as_if_it_had_not_stopped(tmp_path):
    study, folds = small("training.precision=64")
    whole, first, second = (FoldModule(study, folds) for _ in range(3))
    trainer(tmp_path, 4).fit(whole, datamodule=FoldDataModule(study, folds))
    half = trainer(tmp_path, 2)
    half.fit(first, datamodule=FoldDataModule(study, folds))
    half.save_checkpoint(tmp_path / "half.ckpt")
    trainer(tmp_path, 4).fit(second, datamodule=FoldDataModule(study, folds), ckpt_path=tmp_path / "half.ckpt")
    np.testing.assert_allclose(second.stack.flat.detach(), whole.stack.flat.detach(), rtol=1e-12, atol=1e-14)


def test_a_second_fit_and_a_second_validation_forget_the_first(tmp_path):
    study, folds = small("training.max_epochs=1", "optimizer.learning_rate=0.05")
    module, data = FoldModule(study, folds), FoldDataModule(study, folds)
    trainer(tmp_path, 1).fit(module, datamodule=data)
    first = module.record(0)
    trainer(tmp_path, 1).fit(module, datamodule=data)
    second = module.record(0)
    assert (second.train_loss < first.train_loss).all()
    assert (second.validation["loss"] != first.validation["loss"]).all()
    plain = trainer(tmp_path)
    (before,) = plain.validate(module, datamodule=data, verbose=False)
    module.stack.flat.data.zero_()
    (after,) = plain.validate(module, datamodule=data, verbose=False)
    assert before["auroc/validation"] > 0.9
    assert after["auroc/validation"] == 0.5


def test_an_epoch_without_validation_has_no_validation_metrics(tmp_path):
    study, folds = small()
    module = FoldModule(study, folds)
    trainer(tmp_path, 3, check_val_every_n_epoch=2).fit(module, datamodule=FoldDataModule(study, folds))
    assert dict(module.record(2).validation) == {}
    assert np.isfinite(module.record(2).train_loss).all()


def test_without_validation_rows_the_training_loss_is_logged(tmp_path):
    study, folds = small("folds.validation_fraction=0", "training.early_stopping=null")
    plain = trainer(tmp_path, 1)
    plain.fit(FoldModule(study, folds), datamodule=FoldDataModule(study, folds))
    assert set(plain.callback_metrics) == {"loss/train"}


def test_a_batch_may_be_larger_than_the_table(tmp_path):
    study, folds = small("training.batch_size=100000")
    module = FoldModule(study, folds)
    trainer(tmp_path, epochs=1).fit(module, datamodule=FoldDataModule(study, folds))
    assert np.isfinite(module.record(0).train_loss).all()


def test_finished_members_stay_put_and_the_best_weights_come_back(tmp_path):
    study, folds = small()
    module = FoldModule(study, folds)
    start = module.stack.flat.detach().clone()
    module.keep_best(np.array([True, False, True]), np.array([True, False, True]))
    trainer(tmp_path, 2).fit(module, datamodule=FoldDataModule(study, folds))
    assert (module.stack.flat != start).any(1).tolist() == [True, False, True]
    assert module.record(1).active.tolist() == [True, False, True]
    module.keep_best(np.array([True, False, False]), np.array([True, False, False]))
    trained = module.stack.flat.detach().clone()
    module.use_best()
    assert torch.equal(module.stack.flat, torch.stack([trained[0], start[1], start[2]]))


def test_a_member_that_fails_spoils_no_other(tmp_path):
    study, folds = small("training.max_epochs=2")
    clean, poisoned = FoldModule(study, folds), FoldModule(study, folds)
    poisoned.stack.flat.data[1, 3] = torch.nan
    for module in (clean, poisoned):
        trainer(tmp_path, 2).fit(module, datamodule=FoldDataModule(study, folds))
    assert poisoned.stack.flat[1].isnan().any()
    assert torch.equal(poisoned.stack.flat[[0, 2]], clean.stack.flat[[0, 2]])
    summary = poisoned.record(1).summary()
    assert all(np.isfinite(value) for value in summary.values())


def test_its_state_puts_another_module_where_it_was(tmp_path):
    study, folds = small("training.precision=64")
    one, other = FoldModule(study, folds), FoldModule(study, folds)
    plain = trainer(tmp_path, 1)
    plain.fit(one, datamodule=FoldDataModule(study, folds))
    one.keep_best(np.array([True, False, True]), np.array([True, True, False]))
    kept = trainer(tmp_path, 0)
    kept.fit(other, datamodule=FoldDataModule(study, folds))
    other.restore(one.state())
    assert all(other.state()[name].tobytes() == array.tobytes() for name, array in one.state().items())


def test_its_optimizer_is_the_stacks(tmp_path):
    study, folds = small()
    assert isinstance(FoldModule(study, folds).configure_optimizers(), StackOptimizer)


def test_a_loss_that_gives_a_mean_is_refused_with_its_file(monkeypatch):
    file = "lightning_mods.losses.squared.row_losses"
    monkeypatch.setattr(file, lambda logits, targets: (logits[..., 0] - targets)[:, 0])
    study, folds = small("training.loss=squared", task="regression")
    with pytest.raises(ValueError, match=r"^lightning_mods/losses/squared.py: gives \(1,\) for 1 member of 2 rows"):
        FoldModule(study, folds)
