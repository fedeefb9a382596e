"""Lightning's own features on a stack: every row of Lightning's table in `docs/frameworks.md` is tried here."""

import copy
import csv
import io
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from frameworks_table import Feature, assert_documented
from pytorch_lightning import callbacks as stock
from pytorch_lightning.loggers import CSVLogger
from pytorch_lightning.tuner import Tuner
from small import small
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

from configs.schema import Study
from datamodules.fold_data import PREDICTED, FoldData
from datamodules.folds.plan import Role
from datamodules.lightning import EpochChunks, FoldDataModule
from experiment.nets.net_check import CheckedNet
from experiment.rules.early_stopping import EarlyStoppingRule
from lightning_mods.callbacks.early_stopping import KFoldEarlyStopping
from lightning_mods.fit import check
from lightning_mods.module import FoldModule

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore:.*LeafSpec.*", "ignore::FutureWarning")

SCHEDULE = {"epoch": lambda one: lr_scheduler.StepLR(one, 1, 0.5), "step": lambda one: lr_scheduler.StepLR(one, 2, 0.9)}
SINGLE = ("training.steps_per_execution=1", "training.batch_size=32")
SEVERAL = ("training.steps_per_execution=4", "training.batch_size=16")


@cache
def case(*overrides: str) -> tuple[Study, FoldData, CheckedNet]:
    """A study, its folds and its net, which is tried once for all modules."""
    study, folds = small(*(overrides or SEVERAL), task="multiclass")
    return study, folds, check(study, folds)


class Scheduled(FoldModule):
    """Has a scheduler, as a user would give it one."""

    interval = "epoch"

    def configure_optimizers(self):
        optimizer = super().configure_optimizers()
        scheduler = {"scheduler": SCHEDULE[self.interval](optimizer), "interval": self.interval}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


class ScheduledByStep(Scheduled):
    interval = "step"


class Plain(pl.LightningModule):
    """An ordinary module, whose rates Lightning steps by itself."""

    def __init__(self, batches: int, interval: str | None) -> None:
        super().__init__()
        self.layer, self.interval = nn.Linear(1, 1), interval
        self.rows = DataLoader(TensorDataset(torch.ones(batches, 1)), batch_size=1)

    def training_step(self, batch, index):
        return self.layer(batch[0]).mean()

    def train_dataloader(self):
        return self.rows

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), 1e-3)
        if self.interval is None:
            return optimizer
        scheduler = {"scheduler": SCHEDULE[self.interval](optimizer), "interval": self.interval}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


class Watch(pl.Callback):
    """Keeps the rate and the rows of every batch, and the weights before every epoch and after every batch."""

    def __init__(self) -> None:
        self.rates, self.rows, self.before, self.after = [], [], [], []

    def on_train_epoch_start(self, trainer, module):
        self.before.append(weights(module))

    def on_train_batch_start(self, trainer, module, batch, index):
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])
        self.rows.append(batch[0])

    def on_train_batch_end(self, trainer, module, outputs, batch, index):
        self.after.append(weights(module))


def new(*overrides: str, kind: type[FoldModule] = FoldModule) -> FoldModule:
    return kind(*case(*overrides))


def data(module: FoldModule) -> FoldDataModule:
    return FoldDataModule(module.study, module.folds)


def trainer(folder: Path, *callbacks: pl.Callback, epochs: int = 2, **settings) -> pl.Trainer:
    """An ordinary Trainer, as a researcher makes it."""
    quiet = {
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "logger": False,
        "enable_checkpointing": False,
    }
    keeps = any(isinstance(callback, stock.Checkpoint) for callback in callbacks)
    settings = {"accelerator": "cpu", "max_epochs": epochs} | quiet | {"enable_checkpointing": keeps} | settings
    return pl.Trainer(default_root_dir=folder, callbacks=list(callbacks), **settings)


def fit(folder: Path, *callbacks: pl.Callback, module: FoldModule | None = None, **settings) -> pl.Trainer:
    """A Trainer that has trained a `module`, or a new one."""
    module = module or new()
    ckpt_path = settings.pop("ckpt_path", None)
    used = trainer(folder, *callbacks, **settings)
    used.fit(module, datamodule=data(module), ckpt_path=ckpt_path)
    return used


def weights(module: pl.LightningModule) -> torch.Tensor:
    flat = module.stack.flat if isinstance(module, FoldModule) else module.layer.weight
    return flat.detach().clone()


def rows() -> torch.Tensor:
    return torch.as_tensor(case()[1].table.features)


def targets() -> torch.Tensor:
    return torch.as_tensor(case()[1].table.targets).long()


@cache
def other_folds() -> tuple[Study, FoldData]:
    return small(*SEVERAL, "seed=7", task="multiclass")


def assert_refused(match: str, run: Callable[[], object]) -> None:
    """In one line that says what to do instead, and with that."""
    with pytest.raises(ValueError, match=match) as refused:
        run()
    message = str(refused.value)
    assert "\n" not in message
    assert len(message) < 240
    assert any(mark in message for mark in (": ", "; "))


def refused(match: str, *callbacks: Callable[[], pl.Callback], kind: type[FoldModule] = FoldModule, **settings):
    """Something that tries a `fit` which is refused."""

    def try_it(folder: Path) -> None:
        module = new(kind=kind)
        start = weights(module)
        made = [callback() for callback in callbacks]
        assert_refused(match, lambda: fit(folder, *made, module=module, **settings))
        assert torch.equal(weights(module), start)

    return try_it


def works(*callbacks: Callable[[Path], pl.Callback], **settings):
    """Something that tries a `fit` which gives the weights that it would have without these callbacks and settings."""

    def try_it(folder: Path) -> None:
        module, alone = new(), new()
        fit(folder, *(callback(folder) for callback in callbacks), module=module, **settings)
        fit(folder, module=alone)
        assert torch.equal(weights(module), weights(alone))

    return try_it


def early_stopping(folder: Path) -> None:
    stop = stock.EarlyStopping("loss/validation", patience=1, min_delta=1e9)
    assert fit(folder, stop, epochs=9).current_epoch == 2


def checkpoint(folder: Path) -> None:
    module, again = new(), new()
    kept = stock.ModelCheckpoint(folder, monitor="loss/validation", filename="{epoch}", save_top_k=-1)
    fit(folder, kept, module=module, epochs=3)
    fit(folder, module=again, epochs=3, ckpt_path=folder / "epoch=0.ckpt")
    torch.testing.assert_close(weights(again), weights(module), rtol=1e-6, atol=1e-7)
    study, folds, checked = case()
    loaded = FoldModule.load_from_checkpoint(folder / "epoch=2.ckpt", study=study, folds=folds, checked=checked)
    assert torch.equal(weights(loaded), weights(module))


def checkpoint_of_k_fold_callbacks(folder: Path) -> None:
    used = fit(folder)
    used.save_checkpoint(folder / "some.ckpt")
    stop = KFoldEarlyStopping(EarlyStoppingRule(3))
    assert_refused("KFoldEarlyStopping: use KFoldCheckpoint", lambda: fit(folder, stop, ckpt_path=folder / "some.ckpt"))


def checkpoint_within_an_epoch(folder: Path) -> None:
    """With a scheduler that goes by the step; the epochs have 3 steps."""
    module = new(*SINGLE, kind=ScheduledByStep)
    kept = stock.ModelCheckpoint(folder, every_n_train_steps=2, filename="{step}", save_top_k=-1)
    used = fit(folder, kept, module=module)
    assert sorted(path.name for path in folder.glob("*.ckpt")) == ["step=2.ckpt", "step=4.ckpt", "step=6.ckpt"]
    for name in ("step=2.ckpt", "step=4.ckpt"):
        again = new(*SINGLE, kind=ScheduledByStep)
        resumed = fit(folder, module=again, ckpt_path=folder / name)
        assert torch.equal(weights(again), weights(module))
        assert resumed.optimizers[0].param_groups[0]["lr"] == used.optimizers[0].param_groups[0]["lr"]


def checkpoint_at_the_last_step_of_an_epoch(folder: Path) -> None:
    module, again = new(*SINGLE), new(*SINGLE)
    kept = stock.ModelCheckpoint(folder, every_n_train_steps=3, filename="{step}", save_top_k=-1)
    fit(folder, kept, module=module)
    resumed = fit(folder, module=again, ckpt_path=folder / "step=3.ckpt")
    assert resumed.global_step == 6
    assert torch.equal(weights(again), weights(module))


def exception_checkpoint(folder: Path) -> None:
    module, again = new(), new()

    class Fails(pl.Callback):
        def on_train_epoch_start(self, trainer, module):
            assert trainer.current_epoch < 1, "on purpose"

    with pytest.raises(AssertionError, match="on purpose"):
        fit(folder, Fails(), stock.OnExceptionCheckpoint(folder, "kept"), module=module)
    again.load_state_dict(torch.load(folder / "kept.ckpt", weights_only=True)["state_dict"])
    assert torch.equal(weights(again), weights(module))


def max_steps(folder: Path) -> None:
    """As Lightning stops by itself where a batch is a step."""
    single = ("training.steps_per_execution=1", "training.batch_size=16")
    module, alone = new(), new(*single)
    assert fit(folder, module=module, max_steps=7).global_step == 7
    assert fit(folder, module=alone, max_steps=7).global_step == 7
    torch.testing.assert_close(weights(module), weights(alone), rtol=1e-6, atol=1e-7)


def limits(folder: Path) -> None:
    """An epoch has a chunk of 4 steps and one of 1."""
    assert fit(folder, limit_train_batches=1).global_step == 2 * 4
    assert fit(folder, limit_train_batches=0.5).global_step == 2 * 4
    assert fit(folder, min_steps=9, epochs=1).global_step == 5
    assert fit(folder, fast_dev_run=True).global_step == 1
    validated = []

    class Counts(pl.Callback):
        def on_validation_end(self, trainer, module):
            validated.append(trainer.global_step)

    fit(folder, Counts(), val_check_interval=1, num_sanity_val_steps=0, epochs=1)
    assert validated == [4, 5]
    assert "loss/validation" not in fit(folder, limit_val_batches=0).callback_metrics


def overfit_batches(folder: Path) -> None:
    watch = Watch()
    fit(folder, watch, overfit_batches=1, epochs=3)
    first = next(EpochChunks(case()[1], data(new()).plan).__iter__())[0]
    assert len(watch.rows) == 3
    assert all(torch.equal(batch, first) for batch in watch.rows)


def assert_rates_are_lightnings(folder: Path, module: FoldModule, interval: str | None, *makes, epochs=4) -> Watch:
    """Those that Lightning's automatic optimization would give an ordinary module with as many batches."""
    ours, plain = Watch(), Watch()
    fit(folder, ours, *(make() for make in makes), module=module, epochs=epochs)
    alone = trainer(folder, plain, *(make() for make in makes), epochs=epochs)
    alone.fit(Plain(len(ours.rates) // epochs, interval))
    assert ours.rates == pytest.approx(plain.rates, rel=1e-12)
    assert len(set(ours.rates)) > 1
    return ours


def scheduler(interval: str, *overrides: str):
    kind = {"epoch": Scheduled, "step": ScheduledByStep}[interval]
    return lambda folder: assert_rates_are_lightnings(folder, new(*overrides, kind=kind), interval)


def stepped_scheduler_of_chunks(folder: Path) -> None:
    module = new(kind=ScheduledByStep)
    assert_refused("StepLR .*a chunk has 4 steps", lambda: fit(folder, module=module))


class Plateau(FoldModule):
    def configure_optimizers(self):
        optimizer = super().configure_optimizers()
        scheduler = {"scheduler": lr_scheduler.ReduceLROnPlateau(optimizer), "monitor": "loss/validation"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


def rate_monitor(folder: Path) -> None:
    monitor = stock.LearningRateMonitor()
    fit(folder, monitor, module=new(kind=Scheduled), logger=CSVLogger(folder), log_every_n_steps=1)
    assert monitor.lrs["lr-StackOptimizer"] == pytest.approx([1e-3, 5e-4])


def weight_averages(folder: Path) -> None:
    """Those that NumPy computes of the weights after each step."""
    for average in (stock.WeightAveraging(), stock.EMAWeightAveraging(decay=0.9)):
        module, watch = new(*SINGLE), Watch()
        fit(folder, average, watch, module=module)
        expected = watch.after[0].numpy()
        for number, after in enumerate(watch.after[1:], 2):
            share = 0.1 if isinstance(average, stock.EMAWeightAveraging) else 1 / number
            expected = expected + share * (after.numpy() - expected)
        np.testing.assert_allclose(weights(module), expected, rtol=1e-4, atol=1e-6)
        assert torch.equal(module.targets, targets())


def stochastic_weight_averaging(folder: Path) -> None:
    module = new()
    averaging = callback(stock.StochasticWeightAveraging, swa_lrs=0.05, swa_epoch_start=2, annealing_epochs=2)
    watch = assert_rates_are_lightnings(folder, module, None, averaging)
    torch.testing.assert_close(weights(module), torch.stack(watch.before[1:]).mean(0), rtol=1e-5, atol=1e-6)


def tuner(match: str, method: str):
    def try_it(folder: Path) -> None:
        module = new()
        assert_refused(match, lambda: getattr(Tuner(trainer(folder)), method)(module, datamodule=data(module)))

    return try_it


def frozen(folder: Path) -> None:
    module = new()
    module.freeze()
    assert_refused(r"frozen FoldModule .*unfreeze\(\)", lambda: fit(folder, module=module))
    assert trainer(folder).validate(module, datamodule=data(module), verbose=False)
    module.unfreeze()
    fit(folder, module=module)


def frozen_layer(folder: Path) -> None:
    study, folds, checked = case()
    module = FoldModule(study, folds, checked._replace(net=copy.deepcopy(checked.net)))
    next(module.stack.net.parameters()).requires_grad_(False)
    assert_refused("frozen weights", lambda: fit(folder, module=module))


class Freezes(stock.BaseFinetuning):
    def freeze_before_training(self, module):
        self.freeze(module.stack)

    def finetune_function(self, module, epoch, optimizer):
        pass


class FreezesLater(pl.Callback):
    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == 1:
            module.freeze()


def frozen_by_a_callback(folder: Path) -> None:
    for callback in (Freezes(), FreezesLater()):
        assert_refused("frozen FoldModule", partial(fit, folder, callback))


class Adam(FoldModule):
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())


class Borrowed(FoldModule):
    def configure_optimizers(self):
        return FoldModule(*case()).configure_optimizers()


def other_optimizer(folder: Path) -> None:
    assert_refused("StackOptimizer, since .* Adam", lambda: fit(folder, module=new(kind=Adam)))
    assert_refused("of another module", lambda: fit(folder, module=new(kind=Borrowed)))


class Hooked(FoldModule):
    def on_before_optimizer_step(self, optimizer):
        pass


class HookedCallback(pl.Callback):
    def on_after_backward(self, trainer, module):
        pass


def hooks_of_gradients(folder: Path) -> None:
    assert_refused("on_before_optimizer_step is never called", lambda: fit(folder, module=new(kind=Hooked)))
    assert_refused("on_after_backward is never called", lambda: fit(folder, HookedCallback()))
    given = stock.LambdaCallback(on_before_zero_grad=lambda *_: None)
    assert_refused("on_before_zero_grad is never called", lambda: fit(folder, given))


def strategies(folder: Path) -> None:
    for settings in ({"strategy": "ddp"}, {"devices": 2}, {"strategy": "ddp_spawn"}):
        module = new()
        used = trainer(folder, **settings)
        used.strategy._launcher = None  # the other processes would be refused, too
        assert_refused(
            "distributes .*training.strategy .*in the study", partial(used.fit, module, datamodule=data(module))
        )
    assert not torch.distributed.is_initialized()


def compiled(folder: Path) -> None:
    in_place = new()
    in_place.compile()
    for module in (torch.compile(new()), in_place):
        used = partial(trainer(folder).fit, module, datamodule=data(new()))
        assert_refused("torch.compile .*training.engine=compiled", used)


def copies(folder: Path) -> None:
    """A copy of a module that has been trained goes on as the module itself does."""
    module, stored = new(), io.BytesIO()
    fit(folder, module=module)
    torch.save(module, stored)
    stored.seek(0)
    made = [copy.deepcopy(module), pickle.loads(pickle.dumps(module)), torch.load(stored, weights_only=False)]
    fit(folder, module=module)
    for one in made:
        fit(folder, module=one)
        assert torch.equal(weights(one), weights(module))


def exports(folder: Path) -> None:
    module = new()
    for name in ("to_onnx", "to_torchscript", "to_tensorrt"):
        assert_refused(f"{name} is refused: torch.export.export", partial(getattr(module, name), folder / "file"))


def exported_program(folder: Path) -> None:
    module = new().eval()
    program = torch.export.export(module, (rows(),)).module()
    torch.testing.assert_close(program(rows()), module(rows()))


def data_of_features(folder: Path) -> None:
    pairs = DataLoader(TensorDataset(rows(), targets()), batch_size=16)
    for method in ("fit", "validate", "predict"):
        for given in (pairs, (rows(), targets()), rows().numpy(), [rows()]):
            run = partial(getattr(trainer(folder), method), new(), given)
            assert_refused(rf"Trainer\.{method} of a FoldModule takes no .*FoldDataModule", run)
    mixed = partial(trainer(folder).fit, new(), data(new()).train_dataloader(), pairs)
    assert_refused("takes no DataLoader", mixed)


def loaders_of_the_folds(folder: Path) -> None:
    module, alone = new(), new()
    used = trainer(folder)
    used.fit(module, data(module).train_dataloader(), data(module).val_dataloader())
    fit(folder, module=alone)
    assert torch.equal(weights(module), weights(alone))


def data_of_other_folds(folder: Path) -> None:
    foreign = FoldDataModule(*other_folds())
    for method in ("fit", "validate", "predict"):
        run = partial(getattr(trainer(folder), method), new(), datamodule=foreign)
        assert_refused("of another fold plan", run)
    assert_refused("of another fold plan", partial(trainer(folder).predict, new(), foreign.predict_dataloader()))
    resized = FoldDataModule(case(*SINGLE)[0], case()[1])
    assert_refused("batch_size=32, and the module 16", partial(trainer(folder).fit, new(), datamodule=resized))


def weights_of_other_folds(folder: Path) -> None:
    foreign, module = FoldModule(*other_folds()), new()
    used = fit(folder, module=foreign)
    used.save_checkpoint(folder / "foreign.ckpt")
    start = weights(module)
    assert_refused("of another fold plan", lambda: module.load_state_dict(foreign.state_dict()))
    assert_refused("of another fold plan", lambda: module.load_state_dict(foreign.state_dict(), strict=False))
    assert_refused("of another fold plan", lambda: fit(folder, module=module, ckpt_path=folder / "foreign.ckpt"))
    study, folds, checked = case()
    load = partial(FoldModule.load_from_checkpoint, folder / "foreign.ckpt", study=study, folds=folds, checked=checked)
    assert_refused("of another fold plan", load)
    assert_refused("of another fold plan", lambda: module.restore(foreign.state()))
    moved = replace(folds, statistics=replace(folds.statistics, center=folds.statistics.center + 1))
    assert_refused("other input statistics", lambda: module.load_state_dict(FoldModule(study, moved).state_dict()))
    assert torch.equal(weights(module), start)


def predictions(folder: Path) -> None:
    """Of the rows that the fold plan says, by a network that torch runs alone."""
    module = new()
    fit(folder, module=module)
    said = torch.cat(trainer(folder).predict(module, datamodule=data(module)), 1)
    everything = module.eval()(rows()).detach()
    for member, own in enumerate(module.folds.rows(*PREDICTED)):
        torch.testing.assert_close(said[member, : len(own)], everything[member, own])


def validations(folder: Path) -> None:
    module = new()
    (found,) = trainer(folder).validate(module, datamodule=data(module), verbose=False)
    logits, own = module.eval()(rows()).detach(), module.folds.rows(Role.validation)
    losses = [nn.functional.cross_entropy(logits[one, held], targets()[held]) for one, held in enumerate(own)]
    assert found["loss/validation"] == pytest.approx(float(torch.stack(losses).mean()), rel=1e-5)


def no_test(folder: Path) -> None:
    assert_refused("scripts/evaluate.py", lambda: trainer(folder).test(new(), datamodule=data(new())))


def csv_logger(folder: Path) -> None:
    used = fit(folder, logger=CSVLogger(folder, "log"), log_every_n_steps=1)
    with next(folder.rglob("metrics.csv")).open() as file:
        lines = list(csv.DictReader(file))
    assert [float(line["epoch"]) for line in lines] == [0, 1]
    assert float(lines[-1]["loss/validation"]) == pytest.approx(float(used.callback_metrics["loss/validation"]))


def device_statistics(folder: Path) -> None:
    fit(folder, stock.DeviceStatsMonitor(cpu_stats=False), logger=CSVLogger(folder), log_every_n_steps=1)


def prediction_writer(folder: Path) -> None:
    class Writer(stock.BasePredictionWriter):
        def write_on_batch_end(self, trainer, module, prediction, indices, batch, index, loader):
            torch.save(prediction, folder / f"{index}.pt")

    module = new()
    said = trainer(folder, Writer("batch")).predict(module, datamodule=data(module))
    assert torch.equal(torch.load(folder / "0.pt"), said[0])


def bars(folder: Path) -> None:
    for bar in (stock.RichProgressBar(), stock.TQDMProgressBar()):
        works(lambda folder, bar=bar: bar, enable_progress_bar=True)(folder)
    for summary in (stock.ModelSummary(), stock.RichModelSummary()):
        works(lambda folder, summary=summary: summary, enable_model_summary=True)(folder)


def profilers(folder: Path) -> None:
    for profiler in ("simple", "advanced"):
        works(profiler=profiler)(folder)


def callback(make: type[pl.Callback], *arguments, **settings):
    return lambda: make(*arguments, **settings)


ONE_STEP = "`training.steps_per_execution=1`"
ONE_VALUE = "a study for each value: `scripts/train.py`, then `scripts/compare.py`"
FEATURES = [
    Feature("`Trainer.fit(module, datamodule=FoldDataModule(study, folds))`", "works", "", works()),
    Feature("`fit`, `validate`, `predict` with loaders of a `FoldDataModule`", "works", "", loaders_of_the_folds),
    Feature(
        "a `DataLoader`, `(X, y)` or arrays in `fit`, `validate`, `predict`",
        "refused",
        "`FoldDataModule(study, folds)`; `module.eval()(X)` for raw rows",
        data_of_features,
    ),
    Feature(
        "data of other folds, or of another `training.batch_size`",
        "refused",
        "make data and module of one `study` and its `folds`",
        data_of_other_folds,
    ),
    Feature("`Trainer.predict`", "works: every member's own rows, ascending, padded behind", "", predictions),
    Feature("`Trainer.validate`", "works: means over the folds", "", validations),
    Feature("`Trainer.test`", "refused", "`scripts/evaluate.py`; `Trainer.predict` for the logits", no_test),
    Feature("`BasePredictionWriter`", "works", "", prediction_writer),
    Feature("`EarlyStopping`", "works: on the mean over the folds", "", early_stopping),
    Feature(
        "`ModelCheckpoint`, `fit(ckpt_path=)`, `load_from_checkpoint(path, study=, folds=)`", "works", "", checkpoint
    ),
    Feature(
        "`fit(ckpt_path=)` beside `KFoldEarlyStopping`",
        "refused: the file does not hold its rule",
        "`KFoldCheckpoint`",
        checkpoint_of_k_fold_callbacks,
    ),
    Feature(
        "`ModelCheckpoint(every_n_train_steps=)`",
        "works: where `training.steps_per_execution` is 1; also to resume within an epoch",
        "",
        checkpoint_within_an_epoch,
    ),
    Feature(
        "`ModelCheckpoint(every_n_train_steps=)` at the end of an epoch",
        "works: where `training.steps_per_execution` is 1",
        "",
        checkpoint_at_the_last_step_of_an_epoch,
    ),
    Feature(
        "`ModelCheckpoint(every_n_train_steps=)` with several steps in a chunk",
        "refused",
        f"`every_n_epochs`, or {ONE_STEP}",
        refused("every_n_train_steps=3 counts", callback(stock.ModelCheckpoint, every_n_train_steps=3)),
    ),
    Feature(
        "`OnExceptionCheckpoint`",
        "works: the weights of that moment; Lightning may leave out the batch that failed when it goes on",
        "`KFoldCheckpoint`, to go on exactly",
        exception_checkpoint,
    ),
    Feature(
        "`state_dict`, checkpoints and states of other folds, or of other input statistics",
        "refused: nothing is loaded",
        "train with these folds, or make the `FoldData` that they were trained with",
        weights_of_other_folds,
    ),
    Feature("`Trainer(max_steps=)`", "works: exactly, also within a chunk", "", max_steps),
    Feature(
        "`limit_train_batches`, `val_check_interval`, `min_steps`, `fast_dev_run`, `limit_val_batches`",
        "works: a batch is a chunk of `training.steps_per_execution` steps",
        "",
        limits,
    ),
    Feature("`overfit_batches`", "works: the first chunks of epoch 0 in every epoch", "", overfit_batches),
    Feature("schedulers with `interval='epoch'`, as `StepLR`", "works", "", scheduler("epoch")),
    Feature(
        "schedulers with `interval='step'`",
        "works: where `training.steps_per_execution` is 1",
        "",
        scheduler("step", *SINGLE),
    ),
    Feature(
        "schedulers with `interval='step'` with several steps in a chunk",
        "refused",
        f"`interval='epoch'`, or {ONE_STEP}",
        stepped_scheduler_of_chunks,
    ),
    Feature(
        "`ReduceLROnPlateau`",
        "refused: Lightning drops its `monitor` where steps are not its own",
        "step it in a callback's `on_validation_epoch_end`",
        refused("ReduceLROnPlateau is refused", kind=Plateau),
    ),
    Feature("`LearningRateMonitor`", "works", "", rate_monitor),
    Feature("`StochasticWeightAveraging`", "works: weights and rate", "", stochastic_weight_averaging),
    Feature(
        "`WeightAveraging`, `EMAWeightAveraging`",
        "works: where `training.steps_per_execution` is 1",
        "",
        weight_averages,
    ),
    Feature(
        "`WeightAveraging`, `EMAWeightAveraging` with several steps in a chunk",
        "refused",
        ONE_STEP,
        refused("it averages by the step", callback(stock.WeightAveraging)),
    ),
    Feature("`Tuner.lr_find`, `LearningRateFinder`", "refused", ONE_VALUE, tuner("LearningRateFinder", "lr_find")),
    Feature(
        "`Tuner.scale_batch_size`, `BatchSizeFinder`",
        "refused",
        ONE_VALUE,
        tuner("BatchSizeFinder", "scale_batch_size"),
    ),
    Feature(
        "`Trainer(gradient_clip_val=)`",
        "refused",
        "`optimizer.clip_norm` in the study: each fold by its own norm",
        refused("optimizer.clip_norm", gradient_clip_val=0.5),
    ),
    Feature(
        "`Trainer(accumulate_grad_batches=)`",
        "refused",
        "`training.batch_size` in the study",
        refused("training.batch_size", accumulate_grad_batches=2),
    ),
    Feature(
        "`GradientAccumulationScheduler`",
        "refused",
        "`training.batch_size` in the study",
        refused("training.batch_size", callback(stock.GradientAccumulationScheduler, {0: 2})),
    ),
    Feature("`freeze()`, `requires_grad_(False)`", "refused: by `fit`", "leave out `fit`; the rest works", frozen),
    Feature("a frozen layer of the net", "refused: by `fit`", "train all weights", frozen_layer),
    Feature(
        "`BaseFinetuning`, callbacks that freeze",
        "refused: when they freeze",
        "train all weights",
        frozen_by_a_callback,
    ),
    Feature(
        "another optimizer in `configure_optimizers`",
        "refused",
        "the study's `optimizer` section; `super().configure_optimizers()`",
        other_optimizer,
    ),
    Feature(
        "hooks of the gradients: `on_after_backward`, `on_before_optimizer_step`, `configure_gradient_clipping`, ...",
        "refused: they would never be called",
        "`on_train_batch_end`",
        hooks_of_gradients,
    ),
    Feature(
        "`ModelPruning`",
        "refused",
        "prune one net, which `load_member` fills",
        refused("ModelPruning is refused", callback(stock.ModelPruning, "l1_unstructured", amount=0.5)),
    ),
    Feature(
        "`SpikeDetection`",
        "refused",
        "`KFoldEarlyStopping`",
        refused("SpikeDetection is refused", callback(stock.SpikeDetection)),
    ),
    Feature(
        '`strategy="ddp"`, `devices=2` and other strategies',
        "refused",
        "`training.strategy` and `training.devices` in the study of a run",
        strategies,
    ),
    Feature(
        "`Trainer(precision=)`",
        "refused",
        "`training.precision` in the study",
        refused("training.precision", precision="bf16-mixed"),
    ),
    Feature(
        "`Trainer(detect_anomaly=True)`",
        "refused",
        "debug one net, which `build_net` gives",
        refused("detect_anomaly", detect_anomaly=True),
    ),
    Feature("`torch.compile(module)`, `module.compile()`", "refused", "`training.engine=compiled`", compiled),
    Feature("`deepcopy`, `pickle`, `torch.save(module)`", "works", "", copies),
    Feature(
        "`to_onnx`, `to_torchscript`, `to_tensorrt`",
        "refused",
        "`torch.export.export(module.eval(), (rows,))`",
        exports,
    ),
    Feature("`torch.export.export(module, (rows,))`", "works: a program of raw rows", "", exported_program),
    Feature("`CSVLogger`, `log_every_n_steps`", "works: a line for each epoch", "", csv_logger),
    Feature("`DeviceStatsMonitor`", "works", "", device_statistics),
    Feature("`RichProgressBar`, `TQDMProgressBar`, `ModelSummary`, `RichModelSummary`", "works", "", bars),
    Feature("`Trainer(profiler=)`", "works", "", profilers),
    Feature("`Timer`, `max_time`", "works", "", works(lambda folder: stock.Timer("00:01:00:00"))),
    Feature(
        "`reload_dataloaders_every_n_epochs`, `num_sanity_val_steps`, `deterministic`, `inference_mode`",
        "works",
        "",
        works(reload_dataloaders_every_n_epochs=1, num_sanity_val_steps=0, deterministic="warn", inference_mode=False),
    ),
]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_stock_feature_does_what_the_document_says(feature, tmp_path):
    feature.try_it(tmp_path)


def test_the_document_holds_the_features_that_are_tried_here():
    assert_documented(FEATURES, "lightning")
