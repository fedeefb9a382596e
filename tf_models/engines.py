"""How the steps of a chunk are run: one by one, from a trace, or compiled. The numbers are those of `Step`."""

import logging

import tensorflow as tf

from tf_models.optimizers import State
from tf_models.step import Batch, Step

log = logging.getLogger("twinfold")


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` compiles when the study is long enough."""

    def __init__(self, step: Step, name: str, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide what `auto` is."""
        self.step = step
        self.name = choose(expected_steps) if name == "auto" else name
        # AutoGraph rewrites source, which nothing here needs: without it a step is traced six times faster.
        self.run_steps = tf.function(self._run_steps, autograph=False, jit_compile=self.name == "compiled")

    def run(
        self, flat: tf.Tensor, state: State, batches: Batch, active: tf.Tensor, rates: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        """All steps of a chunk: batches `(steps, ...)` and active `(steps, members)` -> losses `(steps, members)`."""
        # A chunk is padded to its full length with steps in which nobody moves.
        steps = tf.reduce_max(tf.where(tf.reduce_any(active, 1), tf.range(1, active.shape[0] + 1), 0))
        run = self._run_steps if self.name == "eager" else self.run_steps
        return run(flat, state, batches, active, rates, steps)

    def _run_steps(
        self, flat: tf.Tensor, state: State, batches: Batch, active: tf.Tensor, rates: tf.Tensor, steps: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        def body(index: tf.Tensor, flat: tf.Tensor, state: State, losses: tf.Tensor) -> tuple:
            batch = tuple(part[index] for part in batches)
            flat, state, loss = self.step(flat, state, batch, active[index], rates)
            return index + 1, flat, state, tf.where(places == index, loss, losses)

        places = tf.range(active.shape[0])[:, None]
        start = (tf.constant(0), flat, state, tf.zeros(active.shape, flat.dtype))
        _, flat, state, losses = tf.while_loop(lambda index, *_: index < steps, body, start)
        return flat, state, losses


def choose(expected_steps: int) -> str:
    """`compiled` if its saving of about 1 ms a step wins back the 1.5 s that XLA takes, else `traced`."""
    name = "compiled" if expected_steps >= 1000 else "traced"
    log.info("engine: %s for up to %d steps; XLA pays from 1000 steps on", name, expected_steps)
    return name
