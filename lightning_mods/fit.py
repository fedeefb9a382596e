"""Train a study with PyTorch Lightning: `python -m lightning_mods.fit RUN`."""

import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial

# With busy waiting, OpenMP threads are up to 30 times slower while another process uses one of the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import pytorch_lightning as pl
import torch
from torch import nn

from configs.schema import Study
from datamodules.fold_data import PREDICTED, FoldData
from datamodules.lightning import FoldDataModule
from experiment.nets.net_check import CheckedNet
from experiment.nets.net_cost import NetCost, measured_cost
from experiment.nets.predictor import gather_logits
from experiment.record.graph_file import keep_graph
from experiment.record.log import log
from experiment.rules.resources.devices import idle_precision
from experiment.rules.resources.fitting import num_threads
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.child import run_child
from experiment.training.fitting import FitResult, Workers, fit_stacks
from experiment.training.importance import stack_scores
from experiment.training.interrupts import Interrupts
from experiment.training.session import Session
from experiment.training.workers.part_training import StackFit
from experiment.training.workers.sharing import without_device
from lightning_mods.devices import device_of, uses_gpu
from lightning_mods.inspection.cost import net_cost
from lightning_mods.inspection.graph import member_graph
from lightning_mods.module import FoldModule
from lightning_mods.rows.stacks import stacks
from lightning_mods.stack.building import build_net
from lightning_mods.stack.callbacks import called, import_callbacks, kfold_callbacks, study_callbacks
from lightning_mods.weights import to_arrays


def check(study: Study, folds: FoldData) -> CheckedNet[nn.Module]:
    """Check the study's net with the first member of `folds`. Raises ValueError for a net that cannot be trained."""
    import_callbacks(study)
    built, cost = prepare(study, folds)
    module = FoldModule(study, next(iter(folds.parts(1))))
    return CheckedNet(module.stack.net, built, cost, module.check, device_of(study))


def fit(
    study: Study,
    folds: FoldData,
    run: FrameworkDirectory,
    checked: CheckedNet[nn.Module] | None = None,
    interrupts: Interrupts | None = None,
    workers: Workers | None = None,
) -> FitResult:
    """Train all members of `folds`; `checked` is what `check` returns, which is called if None.

    Signals come to `interrupts`. With `workers`, these train the parts of the study, and this process needs no device.

    Raises Interrupted after a signal, once the state is saved.
    """
    own = without_device(study) if workers else study
    checked = checked or check(own, folds)
    settings = checked.cost, interrupts, checked.device, workers
    with stacks(study, folds, uses_gpu(own)) as stack:
        result = fit_stacks(study, folds, run, partial(fit_part, checked=checked, stack=stack), *settings)
    keep_graph(study, run, lambda: member_graph(checked.built, folds.statistics.width))
    return result


def fit_part(
    study: Study,
    folds: FoldData,
    session: Session,
    checked: CheckedNet[nn.Module],
    stack: Callable[..., FoldModule] = FoldModule,
) -> StackFit:
    """Train one stack, which `stack` builds, from its newest checkpoint, and predict its rows with its best weights.

    Raises Interrupted after a signal, once the state is saved.
    """
    module = stack(study, folds, checked)
    trainer = build_trainer(study, session, module.settings.longest)
    with called(study):
        trainer.fit(module, datamodule=FoldDataModule(study, folds))
    module.to(trainer.strategy.root_device)  # from which the Trainer takes it back to the CPU at its end
    with session.predicting(module):
        module.use_best()
        logits = gather_logits(folds, module.row_logits, *PREDICTED)
        scores = stack_scores(study, folds, module.raw_logits, logits)
    return StackFit(to_arrays(module.stack.flat, module.stack.layout), logits, scores)


def build_trainer(study: Study, session: Session, epochs: int) -> pl.Trainer:
    """A Trainer for `epochs` without Lightning's own logger, checkpoints and progress bar: callbacks replace these."""
    return pl.Trainer(
        accelerator="gpu" if uses_gpu(study) else "cpu",
        devices=1,
        max_epochs=epochs,
        callbacks=[*kfold_callbacks(session), *study_callbacks(study, session)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def prepare(study: Study, folds: FoldData) -> tuple[nn.Module, NetCost]:
    """Set up the process: precision of matrix products, threads, and filters of warnings that do not apply here.

    Returns one network, and its cost as far as that is known. Raises ValueError if it cannot be built.
    """
    # Some CPUs support TF32, too, and would give other results than those that do not.
    device = device_of(study)
    reduced = study.training.precision == "tf32" and device.is_gpu
    torch.set_float32_matmul_precision("high" if reduced else "highest")
    # By default cuDNN takes TF32 for convolutions whatever the products do, and ways that sum in no fixed order.
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = reduced, True
    for line in idle_precision(study, device):
        log.info(line)
    for name in ("pytorch_lightning", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"pytorch_lightning\..*")
    net = build_net(study, folds.statistics.width, folds.table.outputs)
    cost = measured_cost(lambda: net_cost(net, folds.statistics.width))
    torch.set_num_threads(num_threads(study, folds, cost))
    return net, cost


if __name__ == "__main__":
    sys.exit(run_child(fit, check, fit_part))
