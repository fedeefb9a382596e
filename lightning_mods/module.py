"""A stack of folds as one LightningModule."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_lightning.trainer.states import TrainerFn
from torch import Tensor, nn

from configs.schema import Study
from configs.seats.nets import NETS
from datamodules.fold_data import FoldData
from datamodules.inputs.target_units import loss_units, unit_arrays
from experiment.nets.net_check import CheckedNet, NetCheck, check_rows
from experiment.nets.net_errors import explained
from experiment.record.epoch_record import EpochRecord
from experiment.rules.member_settings import member_settings
from experiment.run.marks.folds import PLAN, check_plan, plan_digest
from lightning_mods.engine.engines import Engine
from lightning_mods.engine.step import Batch, Step
from lightning_mods.inspection.net_check import try_net
from lightning_mods.stack.building import build_loss, build_net
from lightning_mods.stack.members import row_shares
from lightning_mods.stack.metrics import MemberMetrics, try_live_metrics
from lightning_mods.stack.optimizer import State, try_optimizer
from lightning_mods.stack.scheduled import ScheduledModule
from lightning_mods.stack.stack import shared_net


class FoldModule(ScheduledModule):
    """All members of `folds` as one module; hand it to any `Trainer`, with a `FoldDataModule` of the same folds.

    A batch is a chunk of several optimizer steps. The table lies on the device once; chunks are row indices.
    """

    def __init__(self, study: Study, folds: FoldData, checked: CheckedNet[nn.Module] | None = None) -> None:
        """With the net that `check` has passed, `checked`, or with one that is built and checked now.

        Raises ValueError for a net that cannot be stacked.
        """
        settings, outputs = member_settings(study, folds), folds.table.outputs
        study, statistics = settings.studies[0], folds.statistics
        build = partial(build_net, inputs=statistics.width, outputs=outputs)
        nets = [checked.net] if checked and not folds.trials else settings.of_models(build)
        with explained(NETS, study.model.net, "lightning"):
            net, drops = shared_net(nets)
        super().__init__(settings, folds, net)
        self.best: Tensor
        self.unfinished: Tensor
        self.metrics = MemberMetrics(self.task, study.training.monitor)
        own = settings.own() | drops | unit_arrays(statistics)
        step = Step(self.stack, study.optimizer, build_loss(study, self.task, outputs), tuple(own))
        self.engine = self.build_engine(step, self.epoch_steps * settings.longest)
        self.own = [f"own_{name}" for name in own]
        for name, array in zip(self.own, own.values(), strict=True):
            self.keep(name, torch.as_tensor(array))
        self.loss_units = loss_units(statistics, study.training.loss.unit_power(self.task))
        self.keep("unfinished", torch.ones(len(folds.members), dtype=torch.bool))
        self.keep("best", self.stack.flat.detach().clone())
        self.keep("seen", torch.zeros(2, len(folds.members), dtype=torch.float64))
        self.check = checked.check if checked else self._check_net(replace(step, own=()), partial(build, study))
        self._record: EpochRecord | None = None
        self._judged: tuple[Sequence[Tensor], Sequence[Tensor]] | None = None

    def build_engine(self, step: Step, expected_steps: int) -> Engine:
        """The engine that runs `step`; `expected_steps` is the most that the training can have."""
        return Engine(step, self.study.training.engine, len(self.folds.members), expected_steps)

    def _check_net(self, step: Step, build: Callable[[], nn.Module]) -> NetCheck:
        rows = torch.as_tensor(check_rows(len(self.features))).long()[:, None].expand(-1, len(self.folds.members), -1)
        try_optimizer(self.study.optimizer)
        try_live_metrics(self.task, self.folds.table.outputs, self.study.training.monitor)
        with explained(NETS, self.study.model.net, "lightning"):
            return try_net(step, build, self.inputs_of(rows)[:, 0], self.goals(rows)[:, 0])

    def on_train_epoch_start(self) -> None:
        """Reset losses and metrics of the epoch."""
        super().on_train_epoch_start()
        self.seen.zero_()
        self.metrics.reset()
        self._record = None

    def training_step(self, chunk: Sequence[Tensor], batch_index: int) -> None:
        """Every optimizer step of a chunk: rows, weights and keys, each `(steps, members, ...)`."""
        left = self.trainer.max_steps - self.trainer.global_step
        rows, weights, keys = (part[:left] for part in chunk) if 0 <= left < len(chunk[0]) else chunk
        optimizer = self._stack_optimizer
        weights = weights.to(self.best.dtype)
        counts = weights.sum(2)
        active = self.unfinished & (counts > 0)
        self.shared_rate = optimizer.param_groups[0]["lr"]
        rates = self.chunk_rates(optimizer.rates(), optimizer.slots["steps"], active)
        losses = self.take_steps(optimizer.slots, (rows, row_shares(weights), keys), active, rates)
        seen = torch.where(counts > 0, losses * counts, 0.0)
        self.seen += torch.stack([seen, counts]).sum(1, dtype=torch.float64)
        self._count_steps(len(rows))
        self.step_rates("step", batch_index)

    def take_steps(self, state: State, chunk: Batch, active: Tensor, rates: Tensor) -> Tensor:
        """Move the weights and the optimizer's `state` by a chunk: rows, their shares in the mean loss, and keys.

        Each is `(steps, members, ...)`; active, rates and the losses that it gives are `(steps, members)`.
        """
        rows, shares, keys = chunk
        own = [getattr(self, name).expand(len(rows), -1, -1) for name in self.own]
        batches = (self.inputs_of(rows), self.goals(rows), shares, keys, *own)
        return self.engine.run(self.stack.flat.detach(), state, batches, active, rates)

    def _count_steps(self, steps: int) -> None:
        """Add to `trainer.global_step`, which Lightning counts for its own optimizer steps alone."""
        progress = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
        progress.total.ready += steps
        progress.total.completed += steps
        progress.current.ready += steps
        progress.current.completed += steps

    def on_validation_epoch_start(self) -> None:
        """Reset the metrics of the epoch."""
        self.metrics.reset()
        self._record = None

    def validation_step(self, batch: Sequence[Tensor], batch_index: int) -> None:
        """Add rows and weights, both `(members, batch)`, to the live metrics."""
        if self._judged is None or any(one is not other for one, other in zip(batch, self._judged[0], strict=True)):
            rows, weights = batch  # a single batch is the same tensor in every epoch
            self._judged = batch, (self.inputs_of(rows), self.targets[rows], weights.to(self.best.dtype))
        inputs, targets, weights = self._judged[1]
        self.metrics.update(self.restore_units(self.engine.logits(self.stack.flat, inputs)), targets, weights)

    def on_validation_epoch_end(self) -> None:
        """Report means over the active members to stock callbacks, under the tags of TensorBoard."""
        if not self.trainer.sanity_checking:
            self._tell()

    def on_train_epoch_end(self) -> None:
        """Report the training loss alone if there are no validation rows."""
        if not self.metrics.filled:
            self._tell()
        self.step_rates("epoch", self.current_epoch)

    def teardown(self, stage: str) -> None:
        """End the threads after a training; the next one starts its own."""
        if stage == TrainerFn.FITTING:
            self.engine.close()

    def _tell(self) -> None:
        summary = self.record(self.current_epoch).summary()
        if self.trainer.loggers or self.trainer.state.fn != TrainerFn.FITTING:
            self.log_dict(summary, batch_size=1)
        else:  # log_dict takes some milliseconds an epoch, and only loggers need it
            self.trainer.callback_metrics.update({tag: torch.tensor(value) for tag, value in summary.items()})

    def record(self, epoch: int) -> EpochRecord:
        """Losses and metrics of the epoch that has just ended, in one transfer from the device."""
        if self._record is None or self._record.epoch != epoch:
            live = self.metrics.compute() if self.metrics.filled else {}
            # torchmetrics removes the axis of a stack of one.
            columns = [self.unfinished.double(), *self.seen, *(values.reshape(-1) for values in live.values())]
            active, sums, counts, *rest = torch.stack(columns).cpu().numpy()
            with np.errstate(invalid="ignore"):
                train_loss = sums / counts * self.loss_units
            metrics = dict(zip(live, rest, strict=True))
            rates = self.last_rates()
            self._record = EpochRecord(epoch, self.folds.members, active > 0, train_loss, metrics, rates)
        return self._record

    def keep_best(self, improved: NDArray[np.bool_], unfinished: NDArray[np.bool_]) -> None:
        """Keep the weights of members that `improved`, and freeze all that are not `unfinished`; both `(members,)`."""
        if improved.all():
            self.best.copy_(self.stack.flat.detach())
        elif improved.any():
            chosen = torch.as_tensor(improved, device=self.best.device)[:, None]
            torch.where(chosen, self.stack.flat.detach(), self.best, out=self.best)
        if (self.unfinished.cpu().numpy() != unfinished).any():
            self.unfinished = torch.tensor(unfinished, device=self.best.device)  # the rule's own array may change
        self.engine.compact(unfinished, self.epoch_steps)

    def use_best(self) -> None:
        """Set the weights of each member to its best ones."""
        self.stack.flat.data.copy_(self.best)

    def state(self) -> dict[str, NDArray]:
        """State that a resumed run needs besides the study, by name."""
        slots = {f"slots.{name}": slot for name, slot in self._stack_optimizer.slots.items()}
        tensors = {"flat": self.stack.flat, "best": self.best, "unfinished": self.unfinished} | slots
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
        compaction = {f"compaction.{name}": array for name, array in self.engine.compaction.state().items()}
        return {PLAN: plan_digest(self.folds)} | compaction | arrays

    def restore(self, state: dict[str, NDArray]) -> None:
        """Restore what `state` has returned.

        Raises ValueError for a state of other folds.
        """
        check_plan(state, self.folds, "the state")
        tensors = {name: torch.as_tensor(array, device=self.best.device) for name, array in state.items()}
        self.stack.flat.data.copy_(tensors["flat"])
        self.best, self.unfinished = tensors["best"], tensors["unfinished"]
        optimizer = self._stack_optimizer
        optimizer.slots = {name: tensors[f"slots.{name}"] for name in optimizer.slots}
        self.engine.compaction.restore({name: state[f"compaction.{name}"] for name in self.engine.compaction.state()})
        self.engine.use_lanes()
