"""Data parallelism: a stack whose batches are shared by several devices; the first one leads, the others follow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.nets.net_check import CheckedNet
from experiment.record.log import log
from experiment.rules.resources.out_of_memory import is_out_of_memory
from experiment.rules.resources.row_shares import RowShare
from experiment.run.exit_codes import NUMERICAL_FAILURE, RunError
from lightning_mods.engine.engines import Engine
from lightning_mods.engine.step import Batch, Step
from lightning_mods.module import FoldModule
from lightning_mods.rows.devices import RowDevices
from lightning_mods.stack.optimizer import State, initial_state
from lightning_mods.stack.stack import keyed_dropouts


class RowsModule(FoldModule):
    """The stack on one of `devices`. Weights and state of all are equal: gradients are added up over all devices.

    The `Trainer` has the module of the first device, which sends commands to the others.
    """

    def __init__(
        self, study: Study, folds: FoldData, checked: CheckedNet[nn.Module] | None = None, *, devices: RowDevices
    ) -> None:
        """As `FoldModule`."""
        self.devices = devices
        self.held: dict[str, float | bytes] = {}
        self.places: dict[int, tuple[Tensor, Tensor]] = {}
        super().__init__(study, folds, checked)
        window = devices.share.window(self.batch_rows)
        for layer in keyed_dropouts(self.stack.net).values():
            layer.window = window
        devices.say("stack", folds.plan, folds.statistics, folds.trials)

    def build_engine(self, step: Step, expected_steps: int) -> Engine:
        """As `FoldModule`'s; devices that meet in every step take it eagerly."""
        if self.study.training.engine not in ("auto", "eager"):
            log.info("engine: eager, since devices that share rows meet in every step")
        return Engine(replace(step, total=self.devices.total), "eager", len(self.folds.members), expected_steps)

    def take_steps(self, state: State, chunk: Batch, active: Tensor, rates: Tensor) -> Tensor:
        """As `FoldModule`'s, by all devices."""
        with all_or_none(self.devices.share):
            self._agree(state)
            self._say("steps", *chunk, active, rates)
            losses = self.take_share(state, chunk, active, rates)
            self.held = self._marks(state)
        return losses

    def take_share(self, state: State, chunk: Batch, active: Tensor, rates: Tensor) -> Tensor:
        """`take_steps` with the share of this device; losses are those of whole batches."""
        rows, shares, keys = chunk
        places, valid = self._share_of(rows.shape[2])
        own = shares.index_select(2, places) * valid
        return super().take_steps(state, (rows.index_select(2, places), own, keys), active, rates)

    def validation_step(self, batch: Sequence[Tensor], batch_index: int) -> None:
        """As `FoldModule`'s, by all devices."""
        rows, weights = batch
        logits = self.restore_units(self.all_logits(rows))
        self.metrics.update(logits, self.targets[rows], weights.to(self.best.dtype))

    @torch.inference_mode()
    def row_logits(self, rows: NDArray[np.int32]) -> NDArray:
        """As `FoldModule`'s, by all devices."""
        return self.all_logits(torch.as_tensor(rows, device=self.features.device).long()).cpu().numpy()

    def all_logits(self, rows: Tensor) -> Tensor:
        """Logits `(members, batch, outputs)` of rows `(members, batch)`, each computed by one device."""
        with all_or_none(self.devices.share):
            self._agree({})
            self._say("logits", rows)
            return self.share_logits(rows)

    def share_logits(self, rows: Tensor) -> Tensor:
        """`all_logits` with the share of this device; it returns the logits of all rows."""
        places, _ = self._share_of(rows.shape[1])
        logits = self.stack.predict(self.stack.flat, self.inputs_of(rows.index_select(1, places)))
        return self.devices.joined(logits.detach(), rows.shape[1])

    def _share_of(self, rows: int) -> tuple[Tensor, Tensor]:
        """Positions of the share in a batch of so many rows, and 1 for a row or 0 for padding."""
        if rows not in self.places:
            share, device = self.devices.share, self.best.device
            valid = torch.as_tensor(share.valid(rows), dtype=self.best.dtype, device=device)
            self.places[rows] = torch.as_tensor(share.places(rows), device=device), valid
        return self.places[rows]

    def _say(self, word: str, *tensors: Tensor) -> None:
        if self.devices.lines:
            self.devices.say(word, *(tensor.cpu().numpy() for tensor in tensors))

    def _agree(self, state: State) -> None:
        """Give the others weights and `state` where anything but the steps of all has changed them."""
        marks = self._marks(state)
        if any(self.held.get(name) != mark for name, mark in marks.items()):
            self.devices.say("weights", sorted(state), self.engine.compaction.lanes)
            self.devices.copy([self.stack.flat.detach(), *(state[name] for name in sorted(state))])
            self.held |= marks

    def _marks(self, state: State) -> dict[str, float | bytes]:
        """Checksums, which differ where tensors do. A sum that is NaN differs from itself."""
        tensors = {"flat": self.stack.flat.detach()} | state
        sums = torch.stack([tensor.sum(dtype=torch.float64) for tensor in tensors.values()]).tolist()
        return dict(zip(tensors, sums, strict=True)) | {"lanes": self.engine.compaction.lanes.tobytes()}


@contextmanager
def all_or_none(share: RowShare) -> Iterator[None]:
    """Raises RunError where the memory is too small: the other devices wait for this one, and a half cannot go on."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        cause = f"rank {share.rank} of {share.count} has no memory for its share of the rows ({type(error).__name__})"
        cure = "go on with --resume and more training.devices, or make stack.size or training.batch_size smaller"
        raise RunError(NUMERICAL_FAILURE, f"{cause}; {cure}") from None


class Follower:
    """Loop of a device other than the first: executes its commands until the line ends."""

    def __init__(self, study: Study, folds: FoldData, checked: CheckedNet[nn.Module], devices: RowDevices) -> None:
        """For stacks of members of `folds`."""
        self.study, self.folds, self.checked, self.devices = study, folds, checked, devices
        self.module: RowsModule
        self.state: State

    def follow(self, line: Connection) -> None:
        """Execute the commands from `line`.

        Raises EOFError at its end, Apart if another device has gone, RunError if there is no memory for the share.
        """
        while True:
            word, *parts = line.recv()
            with all_or_none(self.devices.share):
                getattr(self, word)(*parts)

    def stack(self, *parts: object) -> None:
        """Train another stack: plan, statistics and trials of its members."""
        folds = FoldData(self.folds.table, *parts)  # type: ignore[arg-type]
        self.module = RowsModule(self.study, folds, self.checked, devices=self.devices).to(self.devices.device)
        self.state = initial_state(self.module.study.optimizer, self.module.stack.flat.detach())

    def weights(self, names: list[str], lanes: NDArray[np.int64]) -> None:
        """Receive the weights, the slots of these names, and the active members."""
        engine = self.module.engine
        if not np.array_equal(engine.compaction.lanes, lanes):
            engine.compaction.lanes = lanes
            engine.use_lanes()
        self.devices.copy([self.module.stack.flat.detach(), *(self.state[name] for name in names)])

    def steps(self, *arrays: NDArray) -> None:
        """Take the steps of a chunk: rows, shares, keys, active, rates."""
        *chunk, active, rates = (torch.as_tensor(array, device=self.devices.device) for array in arrays)
        self.module.take_share(self.state, chunk, active, rates)

    @torch.inference_mode()
    def logits(self, rows: NDArray[np.int64]) -> None:
        """Compute the share of the rows `(members, batch)`."""
        self.module.share_logits(torch.as_tensor(rows, device=self.devices.device))
