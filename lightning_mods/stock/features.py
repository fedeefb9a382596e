"""Lightning's own features (strategies, tuners, clipping, callbacks): what would not work on a stack is refused."""

from collections.abc import Iterable

import pytorch_lightning as pl
import torch
from pytorch_lightning import callbacks as stock
from pytorch_lightning.strategies import SingleDeviceStrategy
from pytorch_lightning.trainer.states import TrainerFn
from pytorch_lightning.utilities import CombinedLoader
from pytorch_lightning.utilities.types import LRSchedulerConfig
from torch.optim.lr_scheduler import ReduceLROnPlateau

from datamodules.fold_data import FoldData
from datamodules.lightning import EpochChunks, EvaluationRows, FoldDataModule
from experiment.run.marks.folds import check_plan, plan_digest
from lightning_mods.private_names import data_given_to, detects_anomalies, is_compiled, steps_between
from lightning_mods.stack.optimizer import StackOptimizer
from lightning_mods.weights import portable_layout

ONE_RATE = "each would choose one value for all folds; train a study for each value, and compare the runs"
REFUSED = {
    stock.GradientAccumulationScheduler: "set training.batch_size in the study",
    stock.LearningRateFinder: ONE_RATE,
    stock.BatchSizeFinder: ONE_RATE,
    stock.ModelPruning: "the weights of all members are one parameter; prune one net, which load_member fills",
    stock.SpikeDetection: "a chunk has a loss for each member and step; KFoldEarlyStopping watches each fold",
}
"""Callbacks that are refused, and why or what to do instead."""
GRADIENT_HOOKS = (
    "on_before_backward",
    "on_after_backward",
    "on_before_optimizer_step",
    "on_before_zero_grad",
    "optimizer_step",
    "optimizer_zero_grad",
    "configure_gradient_clipping",
)
"""Hooks that are never called, since the steps of a chunk are functions of the weights."""
DATA = "hand it datamodule=FoldDataModule(study, folds) with the folds of the module"
EXPORT = "torch.export.export(module.eval(), (rows,)) gives a program of raw rows, which other tools take"


INSTEAD = {
    "Trainer.test": (
        lambda trainer: trainer.state.fn == TrainerFn.TESTING,
        "scripts/evaluate.py judges the scored and the held-out rows; Trainer.predict gives their logits",
    ),
    "Trainer with a strategy that distributes": (
        lambda trainer: not isinstance(trainer.strategy, SingleDeviceStrategy),
        "a run uses several devices by training.strategy and training.devices in the study; "
        "with a Trainer of your own leave strategy out, and set devices=1",
    ),
    "Trainer(precision=)": (
        lambda trainer: trainer.precision != "32-true",
        "the study says how a stack computes; set training.precision",
    ),
    "Trainer(gradient_clip_val=)": (
        lambda trainer: trainer.gradient_clip_val is not None,
        "it would clip all folds by one norm; set optimizer.clip_norm in the study, which clips each by its own",
    ),
    "Trainer(accumulate_grad_batches=)": (
        lambda trainer: trainer.accumulate_grad_batches != 1,
        "set training.batch_size in the study",
    ),
    "Trainer(detect_anomaly=True)": (
        detects_anomalies,
        "one fold that diverges would end all, and a run names it; debug one net, which build_net gives",
    ),
}
"""Settings of a Trainer that a stack refuses: the test for each, and what to do instead."""


def check_trainer(trainer: pl.Trainer, module: pl.LightningModule) -> None:
    """Raises ValueError for a setting of the Trainer, or a compiled `module`, that would not do what Lightning says."""
    for name, (is_set, instead) in INSTEAD.items():
        if is_set(trainer):
            raise ValueError(f"{name} is refused: {instead}")
    if is_compiled(module):
        raise ValueError("torch.compile of a FoldModule is refused: set training.engine=compiled in the study")


def check_callbacks(callbacks: Iterable[pl.Callback], steps: int) -> None:
    """Raises ValueError for a callback that cannot do here what it says, with chunks of so many `steps`."""
    for callback in callbacks:
        problem = next((why for kind, why in REFUSED.items() if isinstance(callback, kind)), None)
        if not problem and (unheard := gradient_hook(callback, pl.Callback)):
            problem = f"{unheard} is never called, since the steps of a chunk are functions; use on_train_batch_end"
        elif not problem and steps > 1 and (place := _counts_steps(callback)):
            problem = f"{place} by the step, and a batch is a chunk of {steps}; set training.steps_per_execution=1"
        if problem:
            raise ValueError(f"{type(callback).__name__} is refused: {problem}")


def gradient_hook(hooked: object, base: type) -> str | None:
    """The hook of `GRADIENT_HOOKS` that `hooked` has of its own, and not from `base`."""
    own = ((name, getattr(hooked, name, None)) for name in GRADIENT_HOOKS if hasattr(base, name))
    return next((name for name, hook in own if getattr(hook, "__func__", hook) is not getattr(base, name)), None)


def _counts_steps(callback: pl.Callback) -> str | None:
    """What a stock callback does by the optimizer step, if anything."""
    if isinstance(callback, stock.ModelCheckpoint) and (steps := steps_between(callback)) > 0:
        return f"every_n_train_steps={steps} counts"
    return "it averages" if isinstance(callback, stock.WeightAveraging) else None


def check_data(trainer: pl.Trainer, folds: FoldData, batch_size: int) -> int:
    """Steps of a training chunk, or 0 if nothing trains.

    Raises ValueError for data that is not of `folds`, or not made for their training.
    """
    assert trainer.state.fn is not None
    fit, fn, steps = trainer.fit_loop, trainer.state.fn.value, 0
    loops = {"fit": (fit, fit.epoch_loop.val_loop), "validate": (trainer.validate_loop,)}
    for loop in loops.get(fn, (trainer.predict_loop,)):
        source, trains = data_given_to(loop), loop is fit
        if source is trainer.lightning_module:
            continue  # nothing is given, which Lightning refuses where it needs something
        for data in [source] if isinstance(source, pl.LightningDataModule) else CombinedLoader(source).flattened:
            kinds = FoldDataModule, EpochChunks if trains else EvaluationRows
            if not isinstance(data, kinds):
                raise ValueError(f"Trainer.{fn} of a FoldModule takes no {type(data).__name__}: {DATA}")
            if data.folds is not folds:
                check_plan({"plan": plan_digest(data.folds)}, folds, f"the data given to Trainer.{fn}")
            if trains and not isinstance(data, EvaluationRows):
                steps = data.plan.steps_per_chunk
                if data.plan.batch_size != batch_size:
                    cause = f"has training.batch_size={data.plan.batch_size}, and the module {batch_size}"
                    raise ValueError(f"the data given to Trainer.fit {cause}: make both of one study")
    return steps


def check_trainable(module: torch.nn.Module, net: torch.nn.Module) -> None:
    """Raises ValueError if a weight of the stack `module` or a layer of its `net` is frozen."""
    if not all(parameter.requires_grad for parameter in module.parameters()):
        cure = "unfreeze() it, or leave fit out; validate and predict work as they are"
        raise ValueError(f"a frozen FoldModule is refused by fit, which trains every weight of a stack: {cure}")
    portable_layout(net)


def check_optimizer(optimizer: object, flat: torch.nn.Parameter) -> None:
    """Raises ValueError for an optimizer that knows no members, or holds the state of another stack than `flat`."""
    if not isinstance(optimizer, StackOptimizer):
        raise ValueError(
            "FoldModule needs a StackOptimizer, since others would move members that have finished; "
            f"let configure_optimizers return super().configure_optimizers(). Received: {type(optimizer).__name__}"
        )
    if optimizer.flat is not flat:
        raise ValueError("the StackOptimizer is of another module: use super().configure_optimizers()")


def check_rate(schedulers: Iterable[LRSchedulerConfig], steps: int) -> None:
    """Raises ValueError for a rate that follows a metric, or changes by the step where a chunk has several `steps`."""
    for config in schedulers:
        if isinstance(config.scheduler, ReduceLROnPlateau):
            cure = "call its step(trainer.callback_metrics['loss/validation']) in a callback's on_validation_epoch_end"
            raise ValueError(f"ReduceLROnPlateau is refused, since Lightning drops its monitor here: {cure}")
        if steps > 1 and config.interval == "step":
            cause = f"interval='step' of {type(config.scheduler).__name__} changes the rate by the step"
            cure = "set training.steps_per_execution=1, or interval='epoch'"
            raise ValueError(f"{cause}, and a chunk has {steps} steps at one rate: {cure}")
