"""AdamW (Loshchilov and Hutter 2019, algorithm 2): Adam with decoupled weight decay."""

from torch import Tensor

from configs.types import Fraction, Positive
from lightning_mods.optimizers import adam

SLOTS = {"mean": True, "square": True, "largest": "amsgrad"}


def update(
    flat: Tensor,
    gradients: Tensor,
    slots: dict[str, Tensor],
    steps: Tensor,
    rates: Tensor,
    decay: Tensor | None,
    *,
    beta1: Fraction = 0.9,
    beta2: Fraction = 0.999,
    epsilon: Positive = 1e-8,
    amsgrad: bool = False,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Move the weights `flat` by one step: `(members, size)`, like the gradients and each slot.

    Steps, rates and decay are `(members, 1)` in float64. Decay shrinks the weights by `rates * decay` of them, and
    stays out of the moments.
    """
    if decay is not None:
        flat = flat - (rates * decay).to(flat.dtype) * flat
    settings = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    return adam.update(flat, gradients, slots, steps, rates, None, amsgrad=amsgrad, **settings)
