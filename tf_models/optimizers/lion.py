"""Lion (Chen et al. 2023, algorithm 2): steps of equal size along the sign of a momentum, with decoupled decay."""

import tensorflow as tf

from configs.types import Fraction

SLOTS = {"mean": True}


def update(
    flat: tf.Tensor,
    gradients: tf.Tensor,
    slots: dict[str, tf.Tensor],
    steps: tf.Tensor,
    rates: tf.Tensor,
    decay: tf.Tensor | None,
    *,
    beta1: Fraction = 0.9,
    beta2: Fraction = 0.99,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Move the weights `flat` by one step: `(members, size)`, like the gradients and each slot.

    Steps, rates and decay are `(members, 1)` in float64. The paper takes a learning rate 3 to 10 times smaller than
    Adam's, and a weight decay 3 to 10 times larger.
    """
    if decay is not None:
        flat = flat - tf.cast(rates * decay, flat.dtype) * flat
    direction = tf.sign(beta1 * slots["mean"] + (1.0 - beta1) * gradients)
    mean = beta2 * slots["mean"] + (1.0 - beta2) * gradients
    return flat - tf.cast(rates, flat.dtype) * direction, {"mean": mean}
