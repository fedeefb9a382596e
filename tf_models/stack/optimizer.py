"""An optimizer over a stack: every member has its own rate and step count, or takes no step at all."""

from collections.abc import Callable
from functools import partial
from importlib import import_module

import keras
import tensorflow as tf

from configs.seats.optimizers import OPTIMIZERS
from configs.sections.optimizer import Optimizer
from experiment.nets.net_errors import check_apart, check_moved, explained

State = dict[str, tf.Tensor]
Update = Callable[[tf.Tensor, tf.Tensor, State, tf.Tensor, tf.Tensor, tf.Tensor | None], tuple[tf.Tensor, State]]
"""Weights, gradients and slots `(members, size)`, steps, rates and decay `(members, 1)` -> weights and slots."""


def initial_state(optimizer: Optimizer, flat: tf.Tensor) -> State:
    """Zero step counts `(members,)`, and zeros `(members, size)` for each slot of the method."""
    counts = tf.zeros(flat.shape[:1], flat.dtype)
    return {"steps": counts} | {slot: tf.zeros_like(flat) for slot in optimizer.slots}


def update(
    optimizer: Optimizer,
    flat: tf.Tensor,
    gradients: tf.Tensor,
    state: State,
    active: tf.Tensor,
    rates: tf.Tensor,
    decays: tf.Tensor | None = None,
) -> tuple[tf.Tensor, State]:
    """One step: weights and gradients `(members, size)`, `active` bool and learning `rates` `(members,)`.

    Members with a weight decay of their own have `decays` `(members, 1)`, float64; else all have that of `optimizer`.
    A member that is not active keeps its weights, its slots and its step count.
    """
    steps, keep = state["steps"] + 1, active[:, None]
    counts, speeds = tf.cast(steps, tf.float64)[:, None], tf.cast(rates, tf.float64)[:, None]
    move, decay = load_update(optimizer), _decay(optimizer, speeds) if decays is None else decays
    moved, after = move(flat, gradients, _slots(state), counts, speeds, decay)
    kept = {name: tf.where(keep, slot, state[name]) for name, slot in after.items()}
    return tf.where(keep, moved, flat), {"steps": tf.where(active, steps, state["steps"])} | kept


def load_update(optimizer: Optimizer) -> Update:
    """The function `update` of `optimizers/NAME.py`, with the arguments that a study gives it."""
    function: Update = partial(import_module(f"tf_models.optimizers.{optimizer.name}").update, **optimizer.arguments)
    return function


def try_optimizer(optimizer: Optimizer) -> None:
    """Take a step of two members, and the same step of the first one alone.

    Raises ValueError, with the line of its file, if it does not give weights and slots as it is given them, or if a
    member's step depends on the others.
    """
    with explained(OPTIMIZERS, optimizer.name, "tensorflow"):
        pair, gradients = tf.constant([[1.0, -2.0], [0.5, 3.0]]), tf.constant([[0.1, -1.0], [2.0, 0.3]])
        ways = []
        for members in (pair, pair[:1]):
            slots, column = _slots(initial_state(optimizer, members)), tf.ones((len(members), 1), tf.float64)
            given = slots, column, optimizer.learning_rate * column, _decay(optimizer, column)
            moved, after = load_update(optimizer)(members, gradients[: len(members)], *given)
            check_moved({"weights": members} | slots, {"weights": moved} | after)
            ways.append(moved[0].numpy())
        check_apart(*ways)


def _slots(state: State) -> State:
    """The running values of a state, without the step counts that every optimizer has."""
    return {name: slot for name, slot in state.items() if name != "steps"}


def _decay(optimizer: Optimizer, rates: tf.Tensor) -> tf.Tensor | None:
    """Weight decay of each member, like `rates` `(members, 1)`; None where there is none, which costs nothing."""
    return tf.fill(rates.shape, tf.constant(optimizer.weight_decay, rates.dtype)) if optimizer.weight_decay else None


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
