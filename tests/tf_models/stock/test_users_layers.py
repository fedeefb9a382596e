"""The layers that a net of one's own may have: Keras's own, in a stack and alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras_layers import COLUMNS, NETS
from users_nets import study_of

from configs.member import Member
from configs.seats.losses import Loss
from configs.sections.optimizer import Optimizer
from experiment.rules.initial_weights import initial_weights
from tf_models.engine.engines import Engine
from tf_models.engine.step import Step
from tf_models.engine.vectorizing import conv2d
from tf_models.module import FoldModel
from tf_models.stack.members import load_loss
from tf_models.stack.optimizer import initial_state
from tf_models.stack.stack import Stack
from tf_models.weights import load_member, portable_layout, to_arrays

MEMBERS, STEPS, ROWS = 3, 4, 6
INPUTS = tf.constant(np.random.default_rng(0).normal(size=(MEMBERS, ROWS, COLUMNS)))
KEYS = tf.zeros((MEMBERS, 2), tf.int64)
PORTABLE = {
    "conv.kernel": (1, 3, 1, 4),
    "conv.bias": (4,),
    "group.gamma": (4,),
    "group.beta": (4,),
    "words.embeddings": (5, 6),
    "sequence.kernel": (2, 3, 4),
    "sequence.bias": (4,),
    "root.scale": (36,),
    "output.kernel": (36, 2),
    "output.bias": (2,),
}


def net_of(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    net = NETS[name]()
    net(INPUTS[0])
    keras.config.set_dtype_policy(before)
    return net


def stacked(name):
    stack = Stack(net_of(name), MEMBERS, tf.float64)
    stack.flat.assign(initial_weights(stack.layout, [Member(0, 0, fold, 0) for fold in range(MEMBERS)]))
    return stack


def test_the_names_and_shapes_are_those_of_keras():
    layout, _ = portable_layout(net_of("everything"))
    assert dict(zip(layout.names, layout.shapes, strict=True)) == PORTABLE


def outputs_and_gradients(run, weights, inputs):
    with tf.GradientTape() as tape:
        tape.watch(weights)
        outputs = run(inputs)
        loss = tf.reduce_sum(outputs**2)
    return outputs, tape.gradient(loss, weights)


@pytest.mark.parametrize("name", NETS)
def test_a_member_of_the_stack_is_kerass_own_net_and_has_its_gradients(name):
    stack = stacked(name)
    together, gradient = outputs_and_gradients(lambda x: stack(x, KEYS), stack.flat.value, INPUTS)
    arrays, gradients = to_arrays(stack.flat, stack.layout), stack.layout.unflatten(gradient.numpy())
    alone = net_of(name)
    for member in range(MEMBERS):
        load_member(alone, arrays, member)
        weights = [variable.value for variable in alone.trainable_variables]
        outputs, own = outputs_and_gradients(alone, weights, INPUTS[member])
        np.testing.assert_allclose(together[member], outputs, rtol=1e-12, atol=1e-12)
        for array, expected in zip(gradients.values(), own, strict=True):
            np.testing.assert_allclose(array[member], tf.convert_to_tensor(expected), rtol=1e-10, atol=1e-12)


def results(name, engine):
    """Weights and losses after a chunk of steps."""
    step, draw = (
        Step(stacked(name), Optimizer(learning_rate=0.01), load_loss(Loss(), "multiclass")),
        tf.random.Generator.from_seed(1),
    )
    flat = step.stack.flat.value
    batches = (
        draw.normal((STEPS, MEMBERS, ROWS, COLUMNS), dtype=tf.float64),
        draw.uniform((STEPS, MEMBERS, ROWS), 0, 2, tf.int32),
        tf.ones((STEPS, MEMBERS, ROWS), tf.float64),
        tf.zeros((STEPS, MEMBERS, 2), tf.int64),
    )
    active, rates = tf.ones((STEPS, MEMBERS), tf.bool), tf.fill((STEPS, MEMBERS), tf.cast(0.01, tf.float64))
    moved, _, losses = Engine(step, engine, MEMBERS, STEPS).run(
        flat, initial_state(step.optimizer, flat), batches, active, rates
    )
    assert not np.array_equal(moved, flat)
    return moved, losses


@pytest.mark.parametrize("name", ["Conv2d", pytest.param("everything", marks=pytest.mark.slow)])
def test_the_compiled_step_of_any_layer_is_the_traced_one(name):
    for one, other in zip(results(name, "compiled"), results(name, "traced"), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("same", [False, True], ids=["valid", "same"])
@pytest.mark.parametrize(
    ("strides", "dilations", "size"), [([1, 1], [1, 1], (3, 2)), ([2, 3], [1, 1], (2, 2)), ([1, 1], [3, 2], (2, 4))]
)
def test_a_convolution_as_a_product_is_tensorflows_own(strides, dilations, size, same):
    random = np.random.default_rng(0)
    rows, kernels = random.normal(size=(MEMBERS, 4, 7, 8, 2)), random.normal(size=(MEMBERS, *size, 2, 3))
    found = conv2d(tf.constant(rows), tf.constant(kernels), strides, dilations, same)
    for member in range(MEMBERS):
        padding = "SAME" if same else "VALID"
        expected = tf.nn.conv2d(rows[member], kernels[member], strides, padding, dilations=dilations)
        np.testing.assert_allclose(found[member], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_kernel_that_all_members_share_is_left_to_tensorflow(compiled):
    kernel = tf.constant(np.random.default_rng(0).normal(size=(2, 2, 1, 3)))
    maps = tf.reshape(INPUTS, (MEMBERS, ROWS, 5, 6, 1))

    def all_members(maps):
        return tf.vectorized_map(lambda rows: tf.nn.conv2d(rows, kernel, 1, "VALID"), maps)

    together = tf.function(all_members, jit_compile=compiled)(maps)
    for member in range(MEMBERS):
        np.testing.assert_allclose(together[member], tf.nn.conv2d(maps[member], kernel, 1, "VALID"), rtol=1e-12)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("Reshape((-1, 1)), keras.layers.GRU(outputs, name='rnn')", "layer 'rnn' (GRU) is recurrent: torch.func.vmap"),
        (
            "Reshape((-1, 1)), keras.layers.Bidirectional(keras.layers.LSTM(outputs), 'sum', name='two')",
            "layer 'two.backward_lstm' (LSTM) is recurrent: torch.func.vmap",
        ),
        (
            "Reshape((-1, 1)), keras.layers.SeparableConv1D(outputs, 2, name='a'), keras.layers.Flatten()"
            ", keras.layers.Dense(outputs)",
            "no initial values are known for parameter 'a.depthwise_kernel': its name must end",
        ),
        ("Dense(outputs), keras.layers.BatchNormalization(name='norm')", "the net keeps state besides its weights"),
    ],
    ids=["recurrent", "in both directions", "separable", "batch statistics"],
)
def test_a_layer_that_cannot_be_stacked_is_refused_with_its_place_and_a_cure(layers, said, tmp_path, monkeypatch):
    source = f"import keras\ndef build(inputs, outputs):\n    return keras.Sequential([keras.layers.{layers}])\n"
    with pytest.raises(ValueError, match=r"nets/mine\.py") as refused:
        FoldModel(*study_of("tf_models", source, tmp_path, monkeypatch))
    message = str(refused.value)
    assert message.startswith(f"tf_models/nets/mine.py: {said}")
    assert "; " in message
    assert "\n" not in message
