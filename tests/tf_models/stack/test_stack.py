import keras
import numpy as np
import pytest
import tensorflow as tf

from configs.member import Member
from experiment.rules.dropout import address_of_call, keep_mask
from experiment.rules.initial_weights import initial_weights
from tf_models.layers import KeyedDropout
from tf_models.nets.mlp import build
from tf_models.stack.stack import Stack, shared_net
from tf_models.weights import load_member, to_arrays

MEMBERS = [Member(0, 0, fold, 0) for fold in range(4)]
INPUTS = np.random.default_rng(0).normal(size=(4, 10, 5))
KEYS = tf.constant(np.random.default_rng(1).integers(0, 2**31, (4, 2)))


def net_of(dtype=tf.float64, **arguments):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype.name)
    net = build(5, 3, hidden=(7, 6), **arguments)
    keras.config.set_dtype_policy(before)
    net(tf.zeros((1, 5), dtype))
    return net


def stacked(dtype=tf.float64, **arguments):
    stack = Stack(net_of(dtype, **arguments), len(MEMBERS), dtype)
    stack.flat.assign(initial_weights(stack.layout, MEMBERS))
    return stack


@pytest.mark.parametrize(("dtype", "bound"), [(tf.float64, 1e-12), (tf.float32, 1e-6)], ids=["float64", "float32"])
@pytest.mark.parametrize("activation", ["relu", "prelu", ("tanh", "prelu")], ids=str)
def test_a_member_of_the_stack_computes_what_its_net_computes_alone(dtype, bound, activation):
    stack = stacked(dtype, activation=activation)
    inputs = tf.constant(INPUTS, dtype)
    together = stack(inputs, KEYS).numpy()
    arrays = to_arrays(stack.flat, stack.layout)
    for member in range(len(MEMBERS)):
        alone = load_member(net_of(dtype, activation=activation), arrays, member)
        np.testing.assert_allclose(together[member], alone(inputs[member]), rtol=bound, atol=bound)


def test_the_gradient_of_a_member_is_its_own():
    stack = stacked(dropout=0.0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(stack(tf.constant(INPUTS), KEYS, training=True)[2]))
    gradient = tape.gradient(loss, stack.flat.value).numpy()
    alone = load_member(net_of(dropout=0.0), to_arrays(stack.flat, stack.layout), 2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(alone(tf.constant(INPUTS[2]), training=True)))
    reference = tape.gradient(loss, [variable.value for variable in alone.trainable_variables])
    assert gradient.any(1).tolist() == [False, False, True, False]
    for portable, own in zip(stack.layout.unflatten(gradient).values(), reference, strict=True):
        np.testing.assert_allclose(portable[2], own, rtol=1e-12, atol=1e-12)


def test_each_member_and_each_layer_drops_by_its_own_mask():
    net = keras.Sequential([KeyedDropout(0.5, name="first"), KeyedDropout(0.5, name="second")])
    net(tf.ones((10, 6)))
    Stack(net, 4)
    assert len({layer.address for layer in net.layers}) == 2
    for layer in net.layers:

        def outputs(key, layer=layer):
            return layer.stateless_call([], [key], tf.ones((10, 6)), training=True)[0]

        expected = [keep_mask(key, layer.address, (10, 6), 0.5) for key in KEYS.numpy()]
        np.testing.assert_array_equal(tf.vectorized_map(outputs, KEYS) > 0, np.stack(expected))


def test_a_dropout_that_is_called_twice_drops_by_two_masks():
    inputs, dense, drop = keras.Input((6,)), keras.layers.Dense(6, use_bias=False), KeyedDropout(0.5)
    rows, ones = dense(inputs), tf.ones((4, 10, 6))
    stack = Stack(keras.Model(inputs, keras.ops.concatenate([drop(rows), drop(rows)], -1)), 4)
    stack.flat.assign(tf.ones_like(stack.flat))
    places = [address_of_call(drop.address, call) for call in (0, 1)]
    expected = [np.concatenate([keep_mask(key, place, (10, 6), 0.5) for place in places], -1) for key in KEYS.numpy()]
    for _ in range(2):
        np.testing.assert_array_equal(stack(ones, KEYS, training=True) > 0, np.stack(expected))


def test_dropout_is_a_function_of_the_key_and_off_in_evaluation():
    stack, inputs = stacked(dropout=0.5), tf.constant(INPUTS)
    one, again, other = (stack(inputs, keys, training=True).numpy() for keys in (KEYS, KEYS, KEYS + 1))
    assert np.array_equal(one, again)
    assert not np.isclose(one, other).all(-1).all(-1).any()
    assert np.array_equal(stack(inputs, KEYS), stack(inputs, KEYS + 1))


def test_a_member_drops_the_same_whoever_else_is_in_the_stack():
    stack, inputs = stacked(dropout=0.5), tf.constant(INPUTS)
    alone = stack.logits(stack.flat.value[2:3], inputs[2:3], KEYS[2:3], training=True)
    np.testing.assert_allclose(alone[0], stack(inputs, KEYS, training=True)[2], rtol=1e-12)


def test_the_net_is_a_recipe_whose_own_weights_are_not_trained():
    assert [variable.name for variable in stacked().variables] == ["flat"]


def test_a_layer_norm_can_be_stacked():
    dense = keras.layers.Dense(4, name="dense", dtype="float64")
    net = keras.Sequential([dense, keras.layers.LayerNormalization(name="norm", dtype="float64")])
    net(INPUTS[0])
    stack = Stack(net, 4, tf.float64)
    stack.flat.assign(initial_weights(stack.layout, MEMBERS))
    np.testing.assert_allclose(tf.reduce_mean(stack(tf.constant(INPUTS), KEYS), -1), 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "state"),
    [(keras.layers.BatchNormalization, r"1.moving_mean, 1.moving_variance"), (keras.layers.Dropout, ".*seed.*")],
    ids=["batch statistics", "random state"],
)
def test_a_net_with_more_state_than_weights_is_refused(layer, state):
    more = {"rate": 0.5} if layer is keras.layers.Dropout else {}
    net = keras.Sequential([keras.layers.Dense(4), layer(name="1", **more)])
    net(tf.zeros((1, 5)))
    with pytest.raises(ValueError, match=rf"keeps state besides its weights \({state}\).*LayerNorm.*KeyedDropout"):
        Stack(net, 4)


def test_members_with_dropout_rates_of_their_own_drop_as_each_would_alone():
    nets = {rate: net_of(dropout=rate) for rate in (0.5, 0.0, 0.2)}
    net, drops = shared_net([nets[rate] for rate in (0.5, 0.0, 0.2, 0.5)])
    assert {name: array.shape for name, array in drops.items()} == {"thresholds": (4, 2), "scales": (4, 2)}
    stack, inputs = Stack(net, 4, tf.float64), tf.constant(INPUTS)
    weights = tf.constant(initial_weights(stack.layout, MEMBERS))
    together = stack.logits(weights, inputs, KEYS, True, [tf.constant(array) for array in drops.values()])
    for member, rate in enumerate((0.5, 0.0, 0.2, 0.5)):
        own = slice(member, member + 1)
        alone = Stack(nets[rate], 1, tf.float64).logits(weights[own], inputs[own], KEYS[own], True)
        np.testing.assert_allclose(together.numpy()[own], alone.numpy(), rtol=1e-12, atol=1e-12)
    assert not np.allclose(together.numpy(), stack.logits(weights, inputs, KEYS, True).numpy())


def test_nets_that_differ_in_no_rate_need_none_in_a_step_and_those_that_differ_in_more_share_no_stack():
    one, other = net_of(dropout=0.5), net_of(dropout=0.5)
    assert shared_net([one, other, one]) == (one, {})
    with pytest.raises(ValueError, match="more than the rates of KeyedDropout"):
        shared_net([one, net_of(dropout=0.5, activation="prelu")])
