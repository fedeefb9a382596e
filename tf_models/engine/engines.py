"""The engine of a stack: runs its chunks of optimizer steps eagerly, traced or compiled, for the active members."""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from experiment.record.log import log
from experiment.rules.compaction import Compaction
from experiment.rules.resources.fitting import num_blocks
from tf_models.engine.step import Batch, Step
from tf_models.stack.optimizer import State, update

BUILDING = {"eager": 200, "traced": 200, "compiled": 1500}
"""Steps that take as long as building the stack anew, by the name of the engine."""


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` compiles when the study is long enough.

    Members that have finished are left out of the computation once that saves time; the others' results stay the same.
    """

    def __init__(self, step: Step, name: str, members: int, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide which engine `auto` is."""
        self.step = step
        self.name = choose(expected_steps) if name == "auto" else name
        # AutoGraph rewrites source, which nothing here needs: without it a step is traced six times faster.
        self.run_steps = tf.function(self._run_steps, autograph=False, jit_compile=self.name == "compiled")
        self.compaction = Compaction(members, BUILDING[self.name])
        self.lanes: tf.Tensor | None = None

    def compact(self, unfinished: NDArray[np.bool_], steps: int) -> bool:
        """Leave out members not `unfinished` `(members,)` after an epoch of `steps`, if that pays; return whether."""
        changed = self.compaction.update(unfinished, steps)
        if changed:
            self.use_lanes()
        return changed

    def use_lanes(self) -> None:
        """Compute the members that `compaction` has chosen."""
        lanes, members = self.compaction.lanes, self.compaction.members
        if len(lanes) < members:
            self.lanes = tf.constant(lanes)
            log.info("engine: computing %d of %d members", len(lanes), members)

    def run(
        self, flat: tf.Tensor, state: State, batches: Batch, active: tf.Tensor, rates: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        """All steps of a chunk: batches `(steps, ...)`, active, rates and losses `(steps, members)`."""
        if self.lanes is None:
            return self._run(flat, state, batches, active, rates)
        lanes, places = self.lanes, self.lanes[:, None]
        picked = {name: tf.gather(slot, lanes) for name, slot in state.items()}
        parts = tuple(tf.gather(part, lanes, axis=1) for part in batches)
        moved, slots, chosen = self._run(
            tf.gather(flat, lanes), picked, parts, tf.gather(active, lanes, axis=1), tf.gather(rates, lanes, axis=1)
        )
        kept = {name: tf.tensor_scatter_nd_update(slot, places, slots[name]) for name, slot in state.items()}
        losses = tf.scatter_nd(places, tf.transpose(chosen), active.shape[::-1])
        return tf.tensor_scatter_nd_update(flat, places, moved), kept, tf.transpose(losses)

    def _run(
        self, flat: tf.Tensor, state: State, batches: Batch, active: tf.Tensor, rates: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        # A chunk is padded to its full length with steps in which no member is active.
        steps = tf.reduce_max(tf.where(tf.reduce_any(active, 1), tf.range(1, active.shape[0] + 1), 0))
        blocks = self._blocks(flat.shape, batches[0].shape[2])
        if blocks == 1:
            return self.run_steps(flat, state, batches, active, rates, steps)
        # Blocks do not depend on each other, so TensorFlow runs them in parallel.
        kept = _cut((flat, *state.values()), blocks, axis=0)
        taken = _cut((active, rates, *batches), blocks, axis=1)
        results = [
            self.run_steps(own, dict(zip(state, slots, strict=True)), tuple(batch), moving, speed, steps)
            for (own, *slots), (moving, speed, *batch) in zip(kept, taken, strict=True)
        ]
        flats, states, losses = zip(*results, strict=True)
        joined = {name: tf.concat([slots[name] for slots in states], 0) for name in state}
        return tf.concat(flats, 0), joined, tf.concat(losses, 1)

    def _blocks(self, shape: Sequence[int], rows: int) -> int:
        """How many blocks of equal size, which XLA compiles once, weights of `shape` are cut into."""
        members, size = shape
        alone = self.name != "compiled" or tf.config.list_logical_devices("GPU")
        most = 1 if alone else num_blocks(members, size, rows)
        return max(count for count in range(1, most + 1) if members % count == 0)

    def _run_steps(
        self, flat: tf.Tensor, state: State, batches: Batch, active: tf.Tensor, rates: tf.Tensor, steps: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        def body(index: tf.Tensor, flat: tf.Tensor, state: State, losses: tf.Tensor) -> tuple:
            flat, state, loss = self.take_step(index, flat, state, batches, active, rates)
            return index + 1, flat, state, tf.where(places == index, loss, losses)

        places = tf.range(active.shape[0])[:, None]
        start = (tf.constant(0), flat, state, tf.zeros(active.shape, flat.dtype))
        _, flat, state, losses = tf.while_loop(lambda index, *_: index < steps, body, start)
        return flat, state, losses

    def take_step(
        self, index: tf.Tensor, flat: tf.Tensor, state: State, batches: Batch, active: tf.Tensor, rates: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        """Step number `index` of a chunk: weights, state, and losses `(members,)`."""
        batch = [tf.gather(part, index) for part in batches]
        gradients, loss = self.step.gradients(flat, *batch)
        moving, speeds = tf.gather(active, index), tf.gather(rates, index)
        decays = self.step.settings(batch[4:]).get("weight_decay")
        return *update(self.step.optimizer, flat, gradients, state, moving, speeds, decays), loss


def _cut(parts: Sequence[tf.Tensor], blocks: int, axis: int) -> Iterator[tuple[tf.Tensor, ...]]:
    """The slice of each of `parts` for each block, along the `axis` of the members."""
    return zip(*(tf.split(part, blocks, axis) for part in parts), strict=True)


def choose(expected_steps: int) -> str:
    """`compiled` if its saving of about 1 ms a step wins back the 1.5 s that XLA takes, else `traced`."""
    name = "compiled" if expected_steps >= 1000 else "traced"
    log.info("engine: %s for up to %d steps; XLA pays from 1000 steps on", name, expected_steps)
    return name
