"""Outputs of a regression in the target's own units: the inverse of `inputs.target`, on the device."""

import math

import keras
import tensorflow as tf

from datamodules.inputs.normal_scores import EDGE
from datamodules.inputs.statistics import FoldStatistics


class TargetUnits(keras.layers.Layer):
    """Give outputs `(members, rows, 1)` the units of the target, with each member's own statistics."""

    def __init__(self, statistics: FoldStatistics, dtype: tf.DType) -> None:
        """Hold the statistics of the target, `(members, ...)`, in `dtype`."""
        super().__init__(dtype=dtype.name, trainable=False)
        self.log, self.ranks = bool(statistics.target_log.any()), statistics.target_quantiles.size > 0
        self.center = tf.constant(statistics.target_center[:, None], dtype)
        self.scale = tf.constant(statistics.target_scale[:, None], dtype)
        if self.ranks:
            self.quantiles = tf.constant(statistics.target_quantiles, dtype)

    @property
    def is_linear(self) -> bool:
        """Whether the target is standardised and nothing else."""
        return not self.log and not self.ranks

    def call(self, outputs: tf.Tensor) -> tf.Tensor:
        """As `in_target_units` of `datamodules/inputs/target_units.py`."""
        if self.ranks:
            return of_normal_scores(outputs, self.quantiles)
        return of_standardised(outputs, self.center, self.scale, self.log)


def of_standardised(outputs: tf.Tensor, center: tf.Tensor, scale: tf.Tensor, log: bool = False) -> tf.Tensor:
    """Outputs `(members, rows, 1)` times `scale`, plus `center`, both `(members, 1)`; of a `log` its inverse."""
    values = outputs * scale[:, None] + center[:, None]
    return tf.math.expm1(values) if log else values


def of_normal_scores(outputs: tf.Tensor, quantiles: tf.Tensor) -> tf.Tensor:
    """As in `datamodules/inputs/target_units.py`, of scores `(members, rows, 1)` and quantiles `(members, count)`."""
    scores, last = tf.squeeze(outputs, -1), quantiles.shape[-1] - 1
    below = tf.math.erfc(tf.abs(scores) / math.sqrt(2.0)) / 2
    share = tf.where(below < EDGE, tf.zeros((), below.dtype), below)
    places = tf.where(scores < 0, share * last, last - share * last)
    finite = tf.where(tf.math.is_nan(places), tf.zeros((), places.dtype), places)
    index = tf.cast(tf.clip_by_value(tf.floor(finite), 0, last - 1), tf.int32)
    low, high = tf.gather(quantiles, index, batch_dims=1), tf.gather(quantiles, index + 1, batch_dims=1)
    return (low + (places - tf.cast(index, places.dtype)) * (high - low))[..., None]
