"""Lion (Chen et al. 2023, algorithm 2): steps of equal size along the sign of a momentum, with decoupled decay."""

import torch
from torch import Tensor

from configs.types import Fraction

SLOTS = {"mean": True}


def update(
    flat: Tensor,
    gradients: Tensor,
    slots: dict[str, Tensor],
    steps: Tensor,
    rates: Tensor,
    decay: Tensor | None,
    *,
    beta1: Fraction = 0.9,
    beta2: Fraction = 0.99,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Move the weights `flat` by one step: `(members, size)`, like the gradients and each slot.

    Steps, rates and decay are `(members, 1)` in float64. The paper takes a learning rate 3 to 10 times smaller than
    Adam's, and a weight decay 3 to 10 times larger.
    """
    if decay is not None:
        flat = flat - (rates * decay).to(flat.dtype) * flat
    blend = beta1 * slots["mean"] + (1.0 - beta1) * gradients
    direction = torch.where(blend.isnan(), blend, blend.sign())  # torch's sign of NaN is 0, which would hide it
    mean = beta2 * slots["mean"] + (1.0 - beta2) * gradients
    return flat - rates.to(flat.dtype) * direction, {"mean": mean}
