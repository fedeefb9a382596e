"""SGD, Adam and AdamW over a stack: every member has its own rate and step count, or takes no step at all."""

import keras
import tensorflow as tf

from configs.schema import Optimizer
from experiment import update_rules

State = dict[str, tf.Tensor]


def lerp(start: tf.Tensor, end: tf.Tensor, weight: float) -> tf.Tensor:
    """`start + weight * (end - start)`; XLA makes one pass of it."""
    return start + weight * (end - start)


def add_product(start: tf.Tensor, one: tf.Tensor, other: tf.Tensor, scale: float) -> tf.Tensor:
    """`start + scale * one * other`, in one pass."""
    return start + scale * (one * other)


ARITHMETIC = update_rules.Arithmetic(tf.sqrt, lerp, add_product)


def initial_state(optimizer: Optimizer, flat: tf.Tensor) -> State:
    """Zero step counts `(members,)`, and zeros `(members, size)` for each slot of the method."""
    counts = tf.zeros(flat.shape[:1], flat.dtype)
    return {"steps": counts} | {slot: tf.zeros_like(flat) for slot in update_rules.slots(optimizer)}


def update(
    optimizer: Optimizer,
    flat: tf.Tensor,
    gradients: tf.Tensor,
    state: State,
    active: tf.Tensor,
    rates: tf.Tensor,
) -> tuple[tf.Tensor, State]:
    """One step: weights and gradients `(members, size)`, `active` bool and learning `rates` `(members,)`.

    A member that is not active keeps its weights, its slots and its step count.
    """
    steps = state["steps"] + 1
    moved, slots = update_rules.move(
        optimizer, flat, gradients, state | {"steps": steps[:, None]}, rates[:, None], ARITHMETIC
    )
    keep = active[:, None]
    kept = {name: tf.where(keep, slot, state[name]) for name, slot in slots.items()}
    return tf.where(keep, moved, flat), {"steps": tf.where(active, steps, state["steps"])} | kept


class StackOptimizer(keras.optimizers.Optimizer):
    """Holds the state of `update` for a stack's one parameter, and the learning rate that stock callbacks read."""

    def __init__(self, optimizer: Optimizer, flat: keras.Variable) -> None:
        """For the weights `flat` `(members, size)`."""
        default = keras.config.floatx()
        keras.config.set_floatx(flat.dtype)  # Keras would round the learning rate of float64 weights to float32
        try:
            super().__init__(learning_rate=optimizer.learning_rate)
        finally:
            keras.config.set_floatx(default)
        self.settings = optimizer
        self.build([flat])

    def build(self, variables: list[keras.Variable]) -> None:
        """One variable for each slot."""
        if self.built:
            return
        super().build(variables)
        (self.flat,) = variables
        slots = initial_state(self.settings, self.flat.value)
        self._slots = {
            name: keras.Variable(value, trainable=False, name=name, dtype=value.dtype.name)
            for name, value in slots.items()
        }

    @property
    def slots(self) -> State:
        """Step counts and running values, by name."""
        return {name: variable.value for name, variable in self._slots.items()}

    @slots.setter
    def slots(self, state: State) -> None:
        for name, value in state.items():
            self._slots[name].assign(value)

    def rates(self) -> tf.Tensor:
        """Learning rate of each member, `(members,)`."""
        steps = self._slots["steps"].value
        return tf.fill(steps.shape, tf.cast(self.learning_rate, steps.dtype))

    def step(self, gradients: tf.Tensor, active: tf.Tensor | None = None) -> None:
        """One step along `gradients`, for the members that are `active` `(members,)`, or all."""
        everyone = tf.ones(self.flat.shape[:1], tf.bool)
        moved, self.slots = update(
            self.settings,
            self.flat.value,
            gradients,
            self.slots,
            everyone if active is None else active,
            self.rates(),
        )
        self.flat.assign(moved)
        self.iterations.assign_add(1)

    def apply(self, grads: list[tf.Tensor], trainable_variables: list[keras.Variable] | None = None) -> None:
        """What Keras's own training step calls: a step of every member."""
        self.step(grads[0])
