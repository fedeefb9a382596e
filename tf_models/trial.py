"""Tries a net before it is trained: what would train wrongly without a word is refused."""

import re
from collections.abc import Callable

import keras
import tensorflow as tf

from experiment.net_errors import DRAWS, LOOKS, NetError
from experiment.net_trial import Trial, check_answers, trial_weights
from tf_models.stack import Stack

# Part of the name of every operation that draws, with a state or without; graphs have no mark for it.
_DRAWS = re.compile("Random|TruncatedNormal|Multinomial|Rng|Shuffle")


def try_net(stack: Stack, build: Callable[[], keras.Model], inputs: tf.Tensor) -> Trial:
    """Try the net of a `stack` as it is trained and as it predicts, on two batches `(2, rows, columns)`.

    `build` gives the same net anew. Raises NetError if it draws random numbers of its own, looks at values, uses
    weights that are not its own, mixes the rows of a batch, or is another net whenever it is built.
    """
    flat = tf.repeat(tf.constant(trial_weights(stack.flat.value[:1].numpy(), stack.layout)), 2, axis=0)
    trained = _train(stack, flat, inputs)
    # As they are: `vectorized_map` would be traced once more for each.
    weights = [part[0] for part in stack.split(flat)]
    keys = [tf.zeros(2, tf.int64)] * len(stack.key_names)
    *predicted, repeated = (
        tf.cast(net.stateless_call(weights, keys, rows, training=False)[0], flat.dtype)
        for net, rows in ((stack.net, inputs[0]), (stack.net, inputs[1]), (build(), inputs[0]))
    )
    answers = tf.stack([trained, predicted]).numpy()
    check_answers(answers, repeated.numpy(), stack.mixed)
    return Trial(stack.layout, answers)


def _train(stack: Stack, flat: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
    """Logits in training mode, once it is known that these weights are all that they are made of."""
    keys = tf.zeros((2, 2), tf.int64)
    traced = tf.function(lambda *parts: stack.logits(*parts, training=True), autograph=False)
    try:
        concrete = traced.get_concrete_function(flat, inputs, keys)
    except tf.errors.OperatorNotAllowedInGraphError as error:
        raise NetError(LOOKS) from error
    graph = concrete.graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    if any(_DRAWS.search(node.op) for node in nodes):
        raise NetError(DRAWS)
    if hidden := concrete.graph.variables:
        name, shape = hidden[0].name.partition(":")[0], tuple(hidden[0].shape)
        raise NetError(
            f"weight '{name}' {shape} is no part of the net, so it would be neither trained nor saved; "
            "keep layers in attributes, lists or dicts of the net, and make weights by add_weight"
        )
    return concrete(flat, inputs, keys)
