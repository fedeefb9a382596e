"""Adam (Kingma and Ba 2015, algorithm 1): epsilon is added to the root of the corrected second moment."""

import torch
from torch import Tensor

from configs.types import Fraction, Positive

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

    Steps, rates and decay are `(members, 1)` in float64, and so are the corrections: in float32, `1 - beta2` would
    lose four digits in the first steps. Decay is added to the gradient (L2). With `amsgrad` the second moment is the
    largest one so far (Reddi et al. 2018).
    """
    if decay is not None:
        gradients = gradients + decay.to(flat.dtype) * flat
    mean = slots["mean"] + (1.0 - beta1) * (gradients - slots["mean"])
    square = beta2 * slots["square"] + (1.0 - beta2) * (gradients * gradients)
    moments = {"mean": mean, "square": square}
    if amsgrad:
        moments["largest"] = torch.maximum(slots["largest"], square)
    correction = torch.sqrt(1.0 - beta2**steps).to(flat.dtype)
    size = (rates / (1.0 - beta1**steps)).to(flat.dtype)
    root = torch.sqrt(moments["largest"] if amsgrad else square)
    return flat - size * (mean / (root / correction + epsilon)), moments
