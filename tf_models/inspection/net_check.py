"""Check of a net before training: a net that would train wrongly without an error is refused."""

import re
from collections.abc import Callable

import keras
import tensorflow as tf

from experiment.nets.net_check import NetCheck, check_answers, moved_weights, sampled_update
from experiment.nets.net_errors import DRAWS, LOOKS, NetError
from tf_models.engine.step import Step
from tf_models.stack.members import row_shares
from tf_models.stack.optimizer import initial_state, update

# Part of the name of every operation that draws, with a state or without; graphs have no mark for it.
_DRAWS = re.compile("Random|TruncatedNormal|Multinomial|Rng|Shuffle")


def try_net(step: Step, build: Callable[[], keras.Model], inputs: tf.Tensor, goals: tf.Tensor) -> NetCheck:
    """Check the net of a `step` as it is trained and as it predicts, on two batches `(2, rows, columns)`.

    `goals` `(2, rows)` are the targets of the batches; `build` gives the same net anew. Raises NetError if the
    net draws random numbers of its own, looks at values, uses weights that are not its own, mixes the rows of a batch,
    or is another net whenever it is built.
    """
    stack = step.stack
    flat = tf.repeat(tf.constant(moved_weights(stack.flat.value[:1].numpy(), stack.layout)), 2, axis=0)
    trained, *moved = _train(step, flat, inputs, goals)
    # In one tf.function: `vectorized_map` would be traced once more for each.
    weights = [part[0] for part in stack.split(flat)]
    keys = [tf.zeros(2, tf.int64)] * len(stack.key_names)
    *predicted, repeated = (
        tf.cast(net.stateless_call(weights, keys, rows, training=False)[0], flat.dtype)
        for net, rows in ((stack.net, inputs[0]), (stack.net, inputs[1]), (build(), inputs[0]))
    )
    answers = tf.stack([trained, predicted]).numpy()
    check_answers(answers, repeated.numpy(), stack.mixed)
    return NetCheck(stack.layout, answers, sampled_update(stack.layout, *(part.numpy() for part in moved)))


def _train(step: Step, flat: tf.Tensor, inputs: tf.Tensor, goals: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Logits in training mode, and losses, gradients and moves of an `Update`.

    The update is computed only after the check that the logits depend on these weights alone.
    """
    traced = tf.function(lambda *parts: _update(step, *parts), autograph=False)
    try:
        concrete = traced.get_concrete_function(flat, inputs, goals)
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
    return concrete(flat, inputs, goals)


def _update(step: Step, flat: tf.Tensor, inputs: tf.Tensor, goals: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """One update of two members with weights `flat` `(2, size)`, each on a batch of its own."""
    keys, everyone = tf.zeros((2, 2), tf.int64), tf.ones(2, tf.bool)
    gradients, losses = step.gradients(flat, inputs, goals, row_shares(tf.ones_like(inputs[..., 0])), keys)
    rates = tf.fill((2,), tf.cast(step.optimizer.learning_rate, flat.dtype))
    moved, state = update(step.optimizer, flat, gradients, initial_state(step.optimizer, flat), everyone, rates)
    moved, _ = update(step.optimizer, moved, gradients / 2, state, everyone, rates)
    return step.stack.logits(flat, inputs, keys, training=True), losses, gradients, moved - flat
