"""Adam (Kingma and Ba 2015, algorithm 1): epsilon is added to the root of the corrected second moment."""

import tensorflow as tf

from configs.types import Fraction, Positive

SLOTS = {"mean": True, "square": True, "largest": "amsgrad"}


def update(
    flat: tf.Tensor,
    gradients: tf.Tensor,
    slots: dict[str, tf.Tensor],
    steps: tf.Tensor,
    rates: tf.Tensor,
    decay: tf.Tensor | None,
    *,
    beta1: Fraction = 0.9,
    beta2: Fraction = 0.999,
    epsilon: Positive = 1e-8,
    amsgrad: bool = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Move the weights `flat` by one step: `(members, size)`, like the gradients and each slot.

    Steps, rates and decay are `(members, 1)` in float64, and so are the corrections: in float32, `1 - beta2` would
    lose four digits in the first steps. Decay is added to the gradient (L2). With `amsgrad` the second moment is the
    largest one so far (Reddi et al. 2018).
    """
    if decay is not None:
        gradients = gradients + tf.cast(decay, flat.dtype) * flat
    mean = slots["mean"] + (1.0 - beta1) * (gradients - slots["mean"])
    square = beta2 * slots["square"] + (1.0 - beta2) * (gradients * gradients)
    moments = {"mean": mean, "square": square}
    if amsgrad:
        moments["largest"] = tf.maximum(slots["largest"], square)
    correction = tf.cast(tf.sqrt(1.0 - beta2**steps), flat.dtype)
    size = tf.cast(rates / (1.0 - beta1**steps), flat.dtype)
    root = tf.sqrt(moments["largest"] if amsgrad else square)
    return flat - size * (mean / (root / correction + epsilon)), moments
