import numpy as np
import pytest
import torch
from formulas import ACTIVATIONS, DERIVATIVES, POINTS
from mixed import OPTIONS, mixed, strange_rows
from small import small
from torch.func import vmap

from configs import types
from datamodules.inputs.applying import apply
from datamodules.inputs.statistics import FoldStatistics
from experiment.rules import dropout
from lightning_mods import layers
from lightning_mods.layers import KeyedDropout, activation, keep_mask
from lightning_mods.stack.input_layer import InputLayer

KEY = np.array([2**31 - 1, 123456789])


def test_every_activation_of_a_study_is_known():
    assert set(types.ACTIVATIONS) == {*layers.ACTIVATIONS, "prelu"} == set(ACTIVATIONS)
    with pytest.raises(KeyError):
        activation("cosine", 3)


@pytest.mark.parametrize("name", types.ACTIVATIONS)
def test_an_activation_is_its_formula_and_its_gradient_the_derivative(name):
    inputs = torch.tensor(POINTS, requires_grad=True)
    outputs = activation(name, len(POINTS)).double()(inputs)
    np.testing.assert_allclose(outputs.detach(), ACTIVATIONS[name](POINTS), rtol=1e-13, atol=1e-14)
    if outputs.requires_grad:
        outputs.sum().backward()
    gradient = np.zeros_like(POINTS) if inputs.grad is None else inputs.grad
    np.testing.assert_allclose(gradient, DERIVATIVES[name](POINTS), rtol=1e-12, atol=1e-14)


def test_prelu_learns_one_slope_for_each_unit():
    layer = activation("prelu", 3)
    inputs = torch.tensor([[-2.0, 3.0, -1.0], [-4.0, -5.0, 6.0]])
    layer(inputs).sum().backward()
    assert layer.alpha.detach().tolist() == [0.25] * 3
    assert layer.alpha.grad.tolist() == [-6.0, -5.0, -1.0]


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.999])
def test_the_mask_is_the_reference_bit_for_bit(rate):
    for shape, address in (((32, 64), 7), ((5,), 2**32 - 1), ((1, 3, 2), 0)):
        mask = keep_mask(torch.tensor(KEY), address, shape, rate)
        np.testing.assert_array_equal(mask, dropout.keep_mask(KEY, address, shape, rate))


def test_the_mask_is_the_reference_under_vmap():
    keys = np.random.default_rng(0).integers(0, 2**31, (6, 2))
    masks = vmap(lambda key: keep_mask(key, 99, (16, 8), 0.3))(torch.tensor(keys))
    np.testing.assert_array_equal(masks, np.stack([dropout.keep_mask(key, 99, (16, 8), 0.3) for key in keys]))


def test_in_a_stack_dropout_scales_what_the_mask_keeps():
    layer = KeyedDropout(0.3)
    layer.address = 5
    layer.key.copy_(torch.tensor(KEY))
    inputs = torch.randn(16, 8, dtype=torch.float64)
    kept = dropout.keep_mask(KEY, 5, (16, 8), 0.3)
    np.testing.assert_allclose(layer(inputs), np.where(kept, inputs.numpy() / 0.7, 0.0), rtol=1e-15)
    assert torch.equal(layer.eval()(inputs), inputs)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_a_torch_whose_vmap_knows_no_views_gives_the_same_bits(monkeypatch, dtype):
    keep = torch.rand(4, 9) < 0.5
    bits = layers._where(keep, 1 / 0.7, dtype)
    monkeypatch.setattr(layers, "_VIEWS_BITS", False)
    assert torch.equal(layers._where(keep, 1 / 0.7, dtype), bits)


def test_outside_a_stack_dropout_is_the_frameworks_own():
    layer, inputs = KeyedDropout(0.25), torch.ones(200, 200)
    torch.manual_seed(0)
    one, other = layer(inputs), layer(inputs)
    assert not torch.equal(one, other)
    np.testing.assert_allclose(one.unique(), [0.0, 1 / 0.75])
    assert abs((one == 0).double().mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 40000)
    assert torch.equal(layer.eval()(inputs), inputs)


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
    stacked = torch.tensor(features).expand(len(folds.members), *features.shape)
    outputs = InputLayer(folds.statistics, torch.float64)(stacked)
    for member in range(len(folds.members)):
        np.testing.assert_allclose(outputs[member], apply(features, folds.statistics, member), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("more", OPTIONS, ids=str)
@pytest.mark.parametrize("precision", [32, 64])
def test_the_input_layer_encodes_every_kind_of_column_as_numpy_does(more, precision):
    _, folds = mixed(*more)
    dtype, bound = (torch.float32, 1e-4) if precision == 32 else (torch.float64, 1e-12)
    features = strange_rows(folds.table).astype(f"float{precision}")
    stacked = torch.tensor(features).expand(len(folds.members), *features.shape)
    outputs = InputLayer(folds.statistics, dtype)(stacked)
    assert outputs.shape == (len(folds.members), len(features), folds.statistics.width)
    for member in range(len(folds.members)):
        np.testing.assert_allclose(outputs[member], apply(features, folds.statistics, member), rtol=bound, atol=bound)


def test_a_column_that_a_member_does_not_see_is_zero_even_where_it_is_missing():
    nothing = np.zeros((1, 2))
    statistics = FoldStatistics(np.array([[np.nan, 0.0]]), nothing, nothing + 1, np.array([[1.0, 0.0]]), *[nothing] * 2)
    outputs = InputLayer(statistics, torch.float64)(torch.tensor([[[np.nan, np.nan], [2.0, 3.0]]]))
    np.testing.assert_array_equal(outputs, [[[np.nan, 0.0], [2.0, 0.0]]])
