"""SGD, Adam and AdamW over a stack: every member has its own rate and step count, or takes no step at all."""

import keras
import tensorflow as tf

from configs.schema import Optimizer
from experiment.rules.slots import slots

State = dict[str, tf.Tensor]


def initial_state(optimizer: Optimizer, flat: tf.Tensor) -> State:
    """Zero step counts `(members,)`, and zeros `(members, size)` for each slot of the method."""
    counts = tf.zeros(flat.shape[:1], flat.dtype)
    return {"steps": counts} | {slot: tf.zeros_like(flat) for slot in slots(optimizer)}


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
    steps, keep = state["steps"] + 1, active[:, None]
    moved, after = _move(optimizer, flat, gradients, state, steps[:, None], rates[:, None])
    kept = {name: tf.where(keep, slot, state[name]) for name, slot in after.items()}
    return tf.where(keep, moved, flat), {"steps": tf.where(active, steps, state["steps"])} | kept


def _move(
    optimizer: Optimizer, flat: tf.Tensor, gradients: tf.Tensor, state: State, steps: tf.Tensor, rates: tf.Tensor
) -> tuple[tf.Tensor, State]:
    """A step of everyone: `rates`, and `steps` counted from 1, are `(members, 1)`.

    Weight decay is added to the gradient (L2), except in AdamW, where it is decoupled (Loshchilov and Hutter 2019,
    algorithm 2).
    """
    decay = optimizer.weight_decay
    if decay and optimizer.name == "adamw":
        flat = flat - (rates * decay) * flat
    elif decay:
        gradients = gradients + decay * flat
    if optimizer.name == "sgd":
        return _sgd(optimizer, flat, gradients, state, rates)
    return _adam(optimizer, flat, gradients, state, steps, rates)


def _sgd(
    optimizer: Optimizer, flat: tf.Tensor, gradients: tf.Tensor, state: State, rates: tf.Tensor
) -> tuple[tf.Tensor, State]:
    """Gradient descent; with momentum, the heavy ball (Polyak 1964) in the form of Sutskever et al. 2013."""
    if not optimizer.momentum:
        return flat - rates * gradients, {}
    velocity = optimizer.momentum * state["velocity"] + gradients
    return flat - rates * velocity, {"velocity": velocity}


def _adam(
    optimizer: Optimizer, flat: tf.Tensor, gradients: tf.Tensor, state: State, steps: tf.Tensor, rates: tf.Tensor
) -> tuple[tf.Tensor, State]:
    """Kingma and Ba 2015, algorithm 1: epsilon is added to the root of the corrected second moment.

    The corrections are computed in float64: in float32, `1 - beta2` would lose four digits in the first steps.
    """
    beta1, beta2, count = optimizer.beta1, optimizer.beta2, tf.cast(steps, tf.float64)
    mean = state["mean"] + (1.0 - beta1) * (gradients - state["mean"])
    square = beta2 * state["square"] + (1.0 - beta2) * (gradients * gradients)
    correction = tf.cast(tf.sqrt(1.0 - beta2**count), flat.dtype)
    size = tf.cast(tf.cast(rates, tf.float64) / (1.0 - beta1**count), flat.dtype)
    return flat - size * (mean / (tf.sqrt(square) / correction + optimizer.epsilon)), {"mean": mean, "square": square}


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
