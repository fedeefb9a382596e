"""Logits of the networks of a finished run for new rows."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from configs.seats.nets import NETS
from datamodules.reading.unseen import row_batches
from experiment.nets.net_errors import explained
from experiment.nets.networks import Networks
from experiment.nets.predictor import RowLogits
from tf_models.stack.building import DTYPES, build_net
from tf_models.stack.input_layer import InputLayer, admitted, answered
from tf_models.stack.stack import Stack


def member_logits(networks: Networks) -> RowLogits:
    """A function of raw rows `(rows, columns)` -> logits `(members, rows, outputs)`; regression: standardised.

    It takes `(members, rows, columns)`, too, where each network has rows of its own. A row with an infinite value has
    NaN, unless the study takes that for a missing one.

    Raises ValueError for a net that cannot be built, or has other parameters than when it was trained.
    """
    study, members = networks.study, networks.members
    dtype = DTYPES[study.training.precision]
    net = build_net(study, networks.statistics.width, networks.outputs)
    with explained(NETS, study.model.net, "tensorflow"):
        stack = Stack(net, members, dtype, mixed=study.training.precision == "bf16")
    flat = tf.constant(networks.flat(stack.layout), dtype)
    inputs = InputLayer(networks.statistics, dtype)

    def logits(rows: tf.Tensor) -> tf.Tensor:
        shared = tf.broadcast_to(admitted(rows, study.inputs.infinite), (members, *rows.shape[-2:]))
        return answered(stack.predict(flat, inputs(shared)), shared)

    # Outside a tf.function, `vectorized_map` would be traced for every batch.
    traced = tf.function(logits, autograph=False)

    def predict(features: NDArray[np.float32]) -> NDArray[np.floating]:
        with tf.device("CPU:0"):  # which knows no TensorFloat-32
            found = [
                traced(tf.constant(rows, dtype)).numpy()
                for rows in row_batches(features, members, networks.statistics.width)
            ]
        return np.concatenate(found, axis=1)

    return predict
