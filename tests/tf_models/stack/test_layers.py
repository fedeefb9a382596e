import numpy as np
import pytest
import tensorflow as tf
from formulas import ACTIVATIONS, DERIVATIVES, POINTS
from mixed import OPTIONS, mixed, strange_rows
from small import small

from configs import types
from datamodules.inputs.applying import apply
from datamodules.inputs.statistics import FoldStatistics
from experiment.rules import dropout
from tf_models import layers
from tf_models.layers import KeyedDropout, activation, keep_mask
from tf_models.stack.input_layer import InputLayer

KEY = np.array([2**31 - 1, 123456789])


def test_every_activation_of_a_study_is_known():
    assert set(types.ACTIVATIONS) == {*layers.ACTIVATIONS, "prelu"} == set(ACTIVATIONS)
    with pytest.raises(KeyError):
        activation("cosine", 3)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("name", types.ACTIVATIONS)
def test_an_activation_is_its_formula_and_its_gradient_the_derivative(name, compiled):
    layer = activation(name, len(POINTS), dtype="float64")

    def both(inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs)
        return outputs, tape.gradient(outputs, inputs, unconnected_gradients="zero")

    outputs, gradient = (tf.function(both, jit_compile=True) if compiled else both)(tf.constant(POINTS))
    np.testing.assert_allclose(outputs, ACTIVATIONS[name](POINTS), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(gradient, DERIVATIVES[name](POINTS), rtol=1e-12, atol=1e-14)


def test_prelu_learns_one_slope_for_each_unit():
    layer = activation("prelu", 3)
    inputs = tf.constant([[-2.0, 3.0, -1.0], [-4.0, -5.0, 6.0]])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(inputs))
    assert layer.alpha.numpy().tolist() == [0.25] * 3
    assert tape.gradient(total, layer.alpha.value).numpy().tolist() == [-6.0, -5.0, -1.0]


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.999])
def test_the_mask_is_the_reference_bit_for_bit(rate):
    for shape, address in (((32, 64), 7), ((5,), 2**32 - 1), ((1, 3, 2), 0)):
        mask = keep_mask(tf.constant(KEY), address, shape, rate)
        np.testing.assert_array_equal(mask, dropout.keep_mask(KEY, address, shape, rate))


@pytest.mark.parametrize("compiled", [False, True], ids=["traced", "compiled"])
def test_the_mask_is_the_reference_under_vectorized_map(compiled):
    keys = np.random.default_rng(0).integers(0, 2**31, (6, 2))

    @tf.function(jit_compile=compiled)
    def stacked(keys):
        return tf.vectorized_map(lambda key: keep_mask(key, 99, (16, 8), 0.3), keys)

    reference = np.stack([dropout.keep_mask(key, 99, (16, 8), 0.3) for key in keys])
    np.testing.assert_array_equal(stacked(tf.constant(keys)), reference)


def addressed(rate):
    layer = KeyedDropout(rate, dtype="float64")
    layer.build((16, 8))
    layer.address = 5
    layer.key.assign(KEY)
    return layer


def test_in_a_stack_dropout_scales_what_the_mask_keeps():
    layer = addressed(0.3)
    inputs = np.random.default_rng(0).normal(size=(16, 8))
    kept = dropout.keep_mask(KEY, 5, (16, 8), 0.3)
    np.testing.assert_allclose(layer(inputs, training=True), np.where(kept, inputs / 0.7, 0.0), rtol=1e-15)
    np.testing.assert_array_equal(layer(inputs), inputs)


def test_outside_a_stack_dropout_is_the_frameworks_own():
    layer, inputs = KeyedDropout(0.25), tf.ones((200, 200))
    tf.random.set_seed(0)
    one, other = layer(inputs, training=True).numpy(), layer(inputs, training=True).numpy()
    assert not np.array_equal(one, other)
    np.testing.assert_allclose(np.unique(one), [0.0, 1 / 0.75])
    assert abs((one == 0).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 40000)
    np.testing.assert_array_equal(layer(inputs), inputs)


def with_gaps(features):
    features = features.copy()
    features[np.random.default_rng(0).random(features.shape) < 0.2] = np.nan
    return features


@pytest.mark.parametrize("scale", ["standard", "minmax", "robust", "none"])
@pytest.mark.parametrize("more", [(), ("inputs.select=5",), ("inputs.impute=median", "inputs.select=7")], ids=str)
def test_the_input_layer_does_what_the_statistics_say(scale, more):
    _, folds = small(f"inputs.scale={scale}", *more)
    features = folds.table.features[:50].astype(np.float64)
    features = with_gaps(features) if "inputs.impute=median" in more else features
    stacked = np.broadcast_to(features, (len(folds.members), *features.shape))
    outputs = InputLayer(folds.statistics, tf.float64)(tf.constant(stacked))
    for member in range(len(folds.members)):
        np.testing.assert_allclose(outputs[member], apply(features, folds.statistics, member), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("more", OPTIONS, ids=str)
@pytest.mark.parametrize("precision", [32, 64])
def test_the_input_layer_encodes_every_kind_of_column_as_numpy_does(more, precision):
    _, folds = mixed(*more)
    dtype, bound = (tf.float32, 1e-4) if precision == 32 else (tf.float64, 1e-12)
    features = strange_rows(folds.table).astype(f"float{precision}")
    stacked = tf.constant(np.broadcast_to(features, (len(folds.members), *features.shape)))
    outputs = InputLayer(folds.statistics, dtype)(stacked)
    assert outputs.shape == (len(folds.members), len(features), folds.statistics.width)
    for member in range(len(folds.members)):
        np.testing.assert_allclose(outputs[member], apply(features, folds.statistics, member), rtol=bound, atol=bound)


def test_a_column_that_a_member_does_not_see_is_zero_even_where_it_is_missing():
    nothing = np.zeros((1, 2))
    statistics = FoldStatistics(np.array([[np.nan, 0.0]]), nothing, nothing + 1, np.array([[1.0, 0.0]]), *[nothing] * 2)
    features = tf.constant([[[np.nan, np.nan], [2.0, 3.0]]], tf.float64)
    np.testing.assert_array_equal(InputLayer(statistics, tf.float64)(features), [[[np.nan, 0.0], [2.0, 0.0]]])
