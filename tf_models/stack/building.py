"""Networks and losses of a study, built from their files and checked."""

from importlib import import_module

import keras
import tensorflow as tf

from configs.schema import Study
from configs.seats.losses import LOSSES
from configs.seats.nets import NETS
from experiment.nets.net_errors import NetError, check_losses, check_output, explained
from tf_models.stack.members import RowLosses, load_loss
from tf_models.stack.naming import first_names

DTYPES = {32: tf.float32, 64: tf.float64, "bf16": tf.float32, "tf32": tf.float32}
POLICIES = {32: "float32", 64: "float64", "bf16": "mixed_bfloat16", "tf32": "float32"}


def build_net(study: Study, inputs: int, outputs: int) -> keras.Model:
    """One ordinary network: `build` of `nets/NAME.py` with the study's arguments.

    Raises ValueError, with the line of that file, if it cannot be built or does not give `(rows, outputs)`.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(POLICIES[study.training.precision])
    try:
        with first_names(), explained(NETS, study.model.net, "tensorflow"):
            build = import_module(f"tf_models.nets.{study.model.net}").build
            net = build(inputs, outputs, **study.model.arguments)
            if not isinstance(net, keras.Layer):
                raise NetError(f"`build` gives {type(net).__name__}; let it return a keras.Model")
            check_output(net(tf.zeros((2, inputs), DTYPES[study.training.precision])), 2, outputs)
    finally:
        keras.config.set_dtype_policy(before)
    return net


def build_loss(study: Study, task: str, outputs: int) -> RowLosses:
    """The training loss of the study, checked on two rows.

    Raises ValueError, with the line of its file, if it does not give a loss for every row.
    """
    loss = study.training.loss
    with explained(LOSSES, loss.of_task(task), "tensorflow"):
        row_losses = load_loss(loss, task)
        check_losses(row_losses(tf.zeros((1, 2, outputs)), tf.zeros((1, 2))), 1, 2)
    return row_losses
