"""Stochastic gradient descent; with momentum, the heavy ball (Polyak 1964) in the form of Sutskever et al. 2013."""

from torch import Tensor

from configs.types import Fraction

SLOTS = {"velocity": "momentum"}
NEEDS = {"nesterov": "momentum"}


def update(
    flat: Tensor,
    gradients: Tensor,
    slots: dict[str, Tensor],
    steps: Tensor,
    rates: Tensor,
    decay: Tensor | None,
    *,
    momentum: Fraction = 0.0,
    nesterov: bool = False,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Move the weights `flat` by one step: `(members, size)`, like the gradients and each slot.

    Steps, rates and decay are `(members, 1)` in float64. Decay is added to the gradient (L2). With `nesterov` the
    gradient is looked up one step of the velocity ahead, in the form of Sutskever et al. 2013.
    """
    if decay is not None:
        gradients = gradients + decay.to(flat.dtype) * flat
    if not momentum:
        return flat - rates.to(flat.dtype) * gradients, {}
    velocity = momentum * slots["velocity"] + gradients
    direction = gradients + momentum * velocity if nesterov else velocity
    return flat - rates.to(flat.dtype) * direction, {"velocity": velocity}
