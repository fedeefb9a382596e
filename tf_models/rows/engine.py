"""Steps of data parallelism: several devices take each step together, each with its share of the rows."""

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from experiment.rules.resources.row_shares import RowShare
from tf_models.engine.engines import Engine
from tf_models.engine.step import Batch, Step
from tf_models.stack.optimizer import State
from tf_models.stack.stack import keyed_dropouts


class Mirrors:
    """The replicas of a `MirroredStrategy`, which hold equal tensors and compute different rows."""

    def __init__(self, strategy: tf.distribute.MirroredStrategy) -> None:
        """One replica a device."""
        self.strategy, self.devices = strategy, strategy.extended.worker_devices
        count = strategy.num_replicas_in_sync
        self.shares = [RowShare(rank, count) for rank in range(count)]

    def each(self, value: Callable[[RowShare], Any]) -> Any:
        """A nest of tensors for each replica, on its device: what `value` gives for its share."""

        def place(context: tf.distribute.InputContext) -> Any:
            with tf.device(self.devices[context.replica_id_in_sync_group]):
                return tf.nest.map_structure(tf.identity, value(self.shares[context.replica_id_in_sync_group]))

        return self.strategy.experimental_distribute_values_from_function(place)

    def of_first(self, values: Any) -> Any:
        """What the first replica has of a nest."""
        return tf.nest.map_structure(lambda value: self.strategy.experimental_local_results(value)[0], values)

    def share(self) -> RowShare:
        """In a replica: its share."""
        number = tf.distribute.get_replica_context().replica_id_in_sync_group
        return self.shares[int(tf.get_static_value(number))]


def cut(part: tf.Tensor, share: RowShare, axis: int) -> tf.Tensor:
    """The share of a tensor whose rows lie along `axis`; padding repeats the last row."""
    return tf.gather(part, tf.constant(share.places(part.shape[axis])), axis=axis)


def total(gradients: tf.Tensor, losses: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """In a replica: sums over all devices of gradients `(members, size)` and losses `(members,)`."""
    both = tf.concat([gradients, losses[:, None]], 1)
    both = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, both)
    return both[:, :-1], both[:, -1]


class RowsEngine(Engine):
    """Takes each step of a chunk on all devices; weights and state of all stay equal, and the first one's are kept."""

    def __init__(self, step: Step, mirrors: Mirrors, members: int, expected_steps: int) -> None:
        """As `Engine`."""
        super().__init__(step, "traced", members, expected_steps)
        self.mirrors = mirrors

    def _run_steps(
        self, flat: tf.Tensor, state: State, batches: Batch, active: tf.Tensor, rates: tf.Tensor, steps: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        rows, strategy = batches[0].shape[2], self.mirrors.strategy
        shared = self.mirrors.each(partial(self._share_of, batches))

        def take(index: tf.Tensor, flat: tf.Tensor, state: State, batches: Batch) -> tuple:
            for layer in keyed_dropouts(self.step.stack.net).values():
                object.__setattr__(layer, "window", self.mirrors.share().window(rows))
            return self.take_step(index, flat, state, batches, active, rates)

        def body(index: tf.Tensor, flat: tf.Tensor, state: State, losses: tf.Tensor) -> tuple:
            flat, state, loss = strategy.run(take, args=(index, flat, state, shared))
            return index + 1, flat, state, tf.where(places == index, self.mirrors.of_first(loss), losses)

        places = tf.range(active.shape[0])[:, None]
        everywhere = self.mirrors.each(lambda share: (flat, state))
        start = (tf.constant(0), *everywhere, tf.zeros(active.shape, flat.dtype))
        _, flat, state, losses = tf.while_loop(lambda index, *_: index < steps, body, start)
        return *self.mirrors.of_first((flat, state)), losses

    def _share_of(self, batches: Batch, share: RowShare) -> Batch:
        inputs, targets, weights, *others = batches
        rows = weights.shape[2]
        valid = tf.constant(share.valid(rows), weights.dtype)
        return cut(inputs, share, 2), cut(targets, share, 2), cut(weights, share, 2) * valid, *others
