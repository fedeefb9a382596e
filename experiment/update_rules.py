"""The formulas of the optimizers, for the arrays of either framework: the same operations in the same order."""

from collections.abc import Callable
from typing import Any, NamedTuple

from configs.schema import Optimizer


class Arithmetic(NamedTuple):
    """What operators cannot say: each framework's own, in few passes over the memory.

    `sqrt(x)`; `lerp(start, end, weight)` is `start + weight * (end - start)`; `add_product(x, a, b, scale)` is
    `x + scale * a * b`.
    """

    sqrt: Callable[..., Any]
    lerp: Callable[..., Any]
    add_product: Callable[..., Any]


SLOTS = {"sgd": (), "adam": ("mean", "square"), "adamw": ("mean", "square")}


def slots(optimizer: Optimizer) -> tuple[str, ...]:
    """Names of the running values, each `(members, size)`, that the method keeps besides its step counts."""
    return ("velocity",) if optimizer.momentum else SLOTS[optimizer.name]


def move(
    optimizer: Optimizer, flat: Any, gradients: Any, state: dict[str, Any], rates: Any, arithmetic: Arithmetic
) -> tuple[Any, dict[str, Any]]:
    """One step of every member: `flat` and `gradients` `(members, size)`, `rates` and steps `(members, 1)`.

    `state` holds `steps`, counted from 1 for this step, and the slots. Weight decay is added to the gradient (L2),
    except in AdamW, where it is decoupled (Loshchilov and Hutter 2019, algorithm 2).
    """
    decay = optimizer.weight_decay
    if decay and optimizer.name == "adamw":
        flat = flat - (rates * decay) * flat
    elif decay:
        gradients = gradients + decay * flat
    if optimizer.name == "sgd":
        return _sgd(optimizer, flat, gradients, state, rates)
    return _adam(optimizer, flat, gradients, state, rates, arithmetic)


def _sgd(
    optimizer: Optimizer, flat: Any, gradients: Any, state: dict[str, Any], rates: Any
) -> tuple[Any, dict[str, Any]]:
    """Gradient descent; with momentum, the heavy ball (Polyak 1964) in the form of Sutskever et al. 2013."""
    if not optimizer.momentum:
        return flat - rates * gradients, {}
    velocity = optimizer.momentum * state["velocity"] + gradients
    return flat - rates * velocity, {"velocity": velocity}


def _adam(
    optimizer: Optimizer, flat: Any, gradients: Any, state: dict[str, Any], rates: Any, arithmetic: Arithmetic
) -> tuple[Any, dict[str, Any]]:
    """Kingma and Ba 2015, algorithm 1: epsilon is added to the root of the corrected second moment.

    In the order that they give at the end of section 2, which spares a pass: both sides of the quotient are multiplied
    by the correction of that root.
    """
    beta1, beta2 = optimizer.beta1, optimizer.beta2
    mean = arithmetic.lerp(state["mean"], gradients, 1.0 - beta1)
    square = arithmetic.add_product(beta2 * state["square"], gradients, gradients, 1.0 - beta2)
    correction = arithmetic.sqrt(1.0 - beta2 ** state["steps"])
    direction = mean / (arithmetic.sqrt(square) + optimizer.epsilon * correction)
    size = rates * correction / (1.0 - beta1 ** state["steps"])
    moved = arithmetic.add_product(flat, direction, size, -1.0)
    return moved, {"mean": mean, "square": square}
