"""The input layer of a stack: raw columns become the inputs of each member's network."""

import keras
import numpy as np
import tensorflow as tf

from datamodules.inputs.encoding import MISSING
from datamodules.inputs.normal_scores import EDGE
from datamodules.inputs.statistics import FoldStatistics


class InputLayer(keras.layers.Layer):
    """Encode, impute, scale and select with each member's own statistics.

    Shape: `(..., members, rows, columns)` -> `(..., members, rows, inputs)`.
    """

    def __init__(self, statistics: FoldStatistics, dtype: tf.DType) -> None:
        """Hold the statistics, `(members, inputs)`, as constants of `dtype`; steps that change nothing are left out."""
        super().__init__(dtype=dtype.name, trainable=False)
        encoding, members = statistics.encoding, len(statistics.fill)
        self.encodes, self.recodes = not encoding.is_identity, len(encoding.coded) > 0
        self.counts, self.imputes = bool(statistics.offset.any()), bool(np.isfinite(statistics.fill).any())
        self.scales = bool((statistics.center != 0).any() or (statistics.scale != 1).any())
        self.selects = not bool(statistics.keep.all())
        self.bounds, self.ranks = bool(np.isfinite(statistics.bound).any()), statistics.quantiles.size > 0
        exact = tf.float64 if self.ranks else dtype  # a rounded value may leave or join a tie
        self.fill = tf.constant(statistics.fill[:, None], exact)
        self.center = tf.constant(statistics.center[:, None], dtype)
        self.factor = tf.constant(1.0 / statistics.scale[:, None], dtype)
        self.narrowing = tf.constant(1.0 / statistics.bound[:, None], dtype)
        self.chosen = tf.constant(statistics.keep[:, None] != 0)
        if self.counts:
            self.offset = tf.constant(statistics.offset[:, None], exact)
        if self.encodes:
            self.place = tf.constant(encoding.gathered)
            self.level = tf.constant(encoding.level, dtype)
            self.plain = tf.constant(encoding.is_plain)
            self.indicates = tf.constant(encoding.level == MISSING)
        if self.recodes:
            self.coded = tf.constant(encoding.coded)
            self.last = tf.constant(encoding.slots[encoding.coded] - 1, dtype)
            self.recode = tf.constant(statistics.recode.reshape(-1), dtype)
            self.firsts = tf.constant(encoding.firsts(members))
        if self.ranks:
            self.numbers = tf.constant(encoding.numbers)
            self.order = tf.constant(encoding.order)
            self.quantiles = tf.constant(statistics.quantiles.reshape(members, len(encoding.numbers), -1))

    def call(self, inputs: tf.Tensor, complete: bool = False) -> tf.Tensor:
        """Columns become inputs, days counted, missing values filled, and numbers scaled; the unselected ones are 0.

        A table without a missing value is `complete`: there is nothing to fill.
        """
        if self.encodes:
            inputs = self._encode(inputs)
        if self.ranks:
            inputs = tf.cast(inputs, self.quantiles.dtype)
        if self.counts:
            inputs = inputs - self.offset
        if self.imputes and not complete:
            inputs = tf.where(tf.math.is_nan(inputs), self.fill, inputs)
        if self.ranks:
            inputs = tf.cast(self._rank(inputs), self.center.dtype)
        if self.scales:
            inputs = (inputs - self.center) * self.factor
        if self.bounds:
            inputs = inputs * tf.math.rsqrt(1 + (inputs * self.narrowing) ** 2)
        if self.selects:
            inputs = tf.where(self.chosen, inputs, tf.zeros((), inputs.dtype))
        return inputs

    def _encode(self, columns: tf.Tensor) -> tf.Tensor:
        """`recoded` and `inputs_of` of `datamodules/inputs/encoding.py`."""
        if self.recodes:
            raw = tf.gather(columns, self.coded, axis=-1)
            known = tf.minimum(tf.maximum(raw, 0), self.last - 1)
            slots = tf.cast(tf.where(tf.math.is_nan(raw), self.last, known), tf.int64)
            columns = tf.concat([columns, tf.gather(self.recode, slots + self.firsts)], -1)
        values = tf.gather(columns, self.place, axis=-1)
        switched = tf.where(self.indicates, tf.math.is_nan(values), values == self.level)
        return tf.where(self.plain, values, tf.cast(switched, values.dtype))

    def _rank(self, inputs: tf.Tensor) -> tf.Tensor:
        """Numbers as normal scores, 0 and 1 as they are."""
        axes = [*range(inputs.shape.rank)]
        there, back = [axes[-3], axes[-1], *axes[:-3], axes[-2]], [*axes[2:-1], 0, axes[-1], 1]
        numbers = tf.transpose(tf.gather(inputs, self.numbers, axis=-1), there)
        flat = tf.reshape(numbers, (*self.quantiles.shape[:2], -1))
        scores = tf.reshape(normal_scores(flat, self.quantiles), tf.shape(numbers))
        return tf.gather(tf.concat([inputs, tf.transpose(scores, back)], -1), self.order, axis=-1)


def admitted(rows: tf.Tensor, infinite: str) -> tf.Tensor:
    """Raw rows of any shape; infinite values are missing ones where `inputs.infinite`, `infinite`, says so."""
    return tf.where(tf.math.is_inf(rows), tf.constant(np.nan, rows.dtype), rows) if infinite == "missing" else rows


def answered(outputs: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """`outputs` `(..., rows, outputs)` for raw rows `(..., rows, columns)`: NaN where a value is infinite.

    Most nets would answer it with a finite number that means nothing.
    """
    infinite = tf.reduce_any(tf.math.is_inf(rows), -1, keepdims=True)
    return tf.where(infinite, tf.constant(np.nan, outputs.dtype), outputs)


def normal_scores(values: tf.Tensor, quantiles: tf.Tensor) -> tf.Tensor:
    """`normal_scores` of `datamodules/inputs/normal_scores.py`: `(members, numbers, values)` -> the same.

    `quantiles` are `(members, numbers, count)`.
    """
    last, lowest, highest = quantiles.shape[-1] - 1, quantiles[..., :1], quantiles[..., -1:]
    places = (_place(values, quantiles, "right") + _place(values, quantiles, "left")) / 2
    places = tf.where((values <= lowest) | (values - EDGE < lowest), tf.zeros((), values.dtype), places)
    places = tf.where((values >= highest) | (values + EDGE > highest), tf.cast(last, values.dtype), places)
    low, high = tf.maximum(places / last, EDGE), tf.maximum((last - places) / last, EDGE)
    return tf.where(low < high, tf.math.ndtri(low), -tf.math.ndtri(high))


def _place(values: tf.Tensor, quantiles: tf.Tensor, side: str) -> tf.Tensor:
    found = tf.searchsorted(quantiles, values, side=side)
    place = tf.clip_by_value(found - 1, 0, quantiles.shape[-1] - 2)
    low, high = tf.gather(quantiles, place, batch_dims=2), tf.gather(quantiles, place + 1, batch_dims=2)
    return tf.cast(place, values.dtype) + (values - low) / tf.where(high > low, high - low, tf.ones((), values.dtype))
