import numpy as np
import pytest
import torch
from torch import nn

from configs.member import Member
from experiment.rules.dropout import address_of_call, keep_mask
from experiment.rules.initial_weights import initial_weights
from lightning_mods.layers import KeyedDropout
from lightning_mods.nets.mlp import build
from lightning_mods.stack.stack import Stack, shared_net
from lightning_mods.weights import load_member, to_arrays

MEMBERS = [Member(0, 0, fold, 0) for fold in range(4)]
INPUTS = np.random.default_rng(0).normal(size=(4, 10, 5))
KEYS = torch.tensor(np.random.default_rng(1).integers(0, 2**31, (4, 2)))


def stacked(dtype=torch.float64, **arguments):
    stack = Stack(build(5, 3, hidden=(7, 6), **arguments), len(MEMBERS), dtype)
    stack.flat.data.copy_(torch.tensor(initial_weights(stack.layout, MEMBERS)))
    return stack


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 1e-12), (torch.float32, 1e-6)], ids=str)
@pytest.mark.parametrize("activation", ["relu", "prelu", ("tanh", "prelu")], ids=str)
def test_a_member_of_the_stack_computes_what_its_net_computes_alone(dtype, bound, activation):
    stack = stacked(dtype, activation=activation).eval()
    inputs = torch.tensor(INPUTS, dtype=dtype)
    together = stack(inputs, KEYS).detach()
    arrays = to_arrays(stack.flat, stack.layout)
    for member in range(len(MEMBERS)):
        alone = load_member(build(5, 3, hidden=(7, 6), activation=activation).to(dtype).eval(), arrays, member)
        np.testing.assert_allclose(together[member], alone(inputs[member]).detach(), rtol=bound, atol=bound)


def test_the_gradient_of_a_member_is_its_own():
    stack = stacked(dropout=0.0)
    outputs = stack(torch.tensor(INPUTS), KEYS)
    outputs[2].square().sum().backward()
    alone = load_member(build(5, 3, hidden=(7, 6), dropout=0.0).double(), to_arrays(stack.flat, stack.layout), 2)
    alone(torch.tensor(INPUTS[2])).square().sum().backward()
    gradients = to_arrays(stack.flat.grad, stack.layout)
    assert [bool(stack.flat.grad[member].any()) for member in range(4)] == [False, False, True, False]
    for name, parameter in alone.named_parameters():
        portable = gradients[name.replace("weight", "kernel")][2]
        reference = parameter.grad.T if "weight" in name else parameter.grad
        np.testing.assert_allclose(portable, reference, rtol=1e-12, atol=1e-12)


def test_each_member_and_each_layer_drops_by_its_own_mask():
    stack = Stack(nn.ModuleDict({"first": KeyedDropout(0.5), "second": KeyedDropout(0.5)}), 4)
    layers = dict(stack.net.items())
    assert len({layer.address for layer in layers.values()}) == 2
    for layer in layers.values():

        def outputs(key, layer=layer):
            return torch.func.functional_call(layer, {"key": key}, torch.ones(10, 6))

        expected = [keep_mask(key, layer.address, (10, 6), 0.5) for key in KEYS.numpy()]
        np.testing.assert_array_equal(torch.func.vmap(outputs)(KEYS) > 0, np.stack(expected))


class Shared(nn.Module):
    """One dropout for two layers, as many write it."""

    def __init__(self):
        super().__init__()
        self.drop = KeyedDropout(0.5)

    def forward(self, inputs):
        return torch.cat([self.drop(inputs), self.drop(inputs)], -1)


def test_a_dropout_that_is_called_twice_drops_by_two_masks():
    stack, ones = Stack(Shared(), 4), torch.ones(4, 10, 6)
    places = [address_of_call(stack.net.drop.address, call) for call in (0, 1)]
    expected = [np.concatenate([keep_mask(key, place, (10, 6), 0.5) for place in places], -1) for key in KEYS.numpy()]
    for _ in range(2):
        np.testing.assert_array_equal(stack(ones, KEYS) > 0, np.stack(expected))


def test_dropout_is_a_function_of_the_key_and_off_in_evaluation():
    stack, inputs = stacked(dropout=0.5), torch.tensor(INPUTS)
    one, again, other = stack(inputs, KEYS), stack(inputs, KEYS), stack(inputs, KEYS + 1)
    assert torch.equal(one, again)
    assert not torch.isclose(one, other).all(-1).all(-1).any()
    assert torch.equal(stack.eval()(inputs, KEYS), stack(inputs, KEYS + 1))


def test_a_member_drops_the_same_whoever_else_is_in_the_stack():
    stack, inputs = stacked(dropout=0.5), torch.tensor(INPUTS)
    alone = stack.logits(stack.flat[2:3], inputs[2:3], KEYS[2:3], training=True)
    np.testing.assert_allclose(alone[0].detach(), stack(inputs, KEYS)[2].detach(), rtol=1e-12)


def test_the_net_is_a_recipe_whose_own_weights_are_not_trained():
    stack = stacked()
    assert [name for name, _ in stack.named_parameters()] == ["flat"]
    before = [parameter.clone() for parameter in stack.net.parameters()]
    stack(torch.tensor(INPUTS), KEYS).sum().backward()
    assert all(parameter.grad is None for parameter in stack.net.parameters())
    for parameter, start in zip(stack.net.parameters(), before, strict=True):
        torch.testing.assert_close(parameter, start, rtol=0, atol=0)
    assert stack.flat.grad.abs().sum() > 0


def test_a_layer_norm_can_be_stacked():
    stack = Stack(nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4)), 4, torch.float64)
    stack.flat.data.copy_(torch.tensor(initial_weights(stack.layout, MEMBERS)))
    outputs = stack(torch.tensor(INPUTS), KEYS)
    np.testing.assert_allclose(outputs.mean(-1).detach(), 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "state"),
    [(nn.BatchNorm1d(4), "1.num_batches_tracked, 1.running_mean, 1.running_var"), (nn.Dropout(0.5), "1")],
    ids=["batch statistics", "random state"],
)
def test_a_net_with_more_state_than_weights_is_refused(layer, state):
    with pytest.raises(ValueError, match=rf"keeps state besides its weights \({state}\).*LayerNorm.*KeyedDropout"):
        Stack(nn.Sequential(nn.Linear(5, 4), layer), 4)


def test_a_dropout_that_drops_nothing_is_let_through():
    stack, inputs = Stack(nn.Sequential(nn.Linear(5, 4), nn.Dropout(0.0)), 4, torch.float64), torch.tensor(INPUTS)
    stack.flat.data.copy_(torch.tensor(initial_weights(stack.layout, MEMBERS)))
    assert torch.equal(stack(inputs, KEYS), stack.eval()(inputs, KEYS))


def test_members_with_dropout_rates_of_their_own_drop_as_each_would_alone():
    nets = {rate: build(5, 3, hidden=(7, 6), dropout=rate) for rate in (0.5, 0.0, 0.2)}
    net, drops = shared_net([nets[rate] for rate in (0.5, 0.0, 0.2, 0.5)])
    assert {name: array.shape for name, array in drops.items()} == {"thresholds": (4, 2), "scales": (4, 2)}
    stack, inputs = Stack(net, 4, torch.float64), torch.tensor(INPUTS)
    weights = torch.tensor(initial_weights(stack.layout, MEMBERS))
    together = stack.logits(weights, inputs, KEYS, True, [torch.tensor(array) for array in drops.values()])
    for member, rate in enumerate((0.5, 0.0, 0.2, 0.5)):
        own = slice(member, member + 1)
        alone = Stack(nets[rate], 1, torch.float64).logits(weights[own], inputs[own], KEYS[own], True)
        np.testing.assert_allclose(together.detach().numpy()[own], alone.detach().numpy(), rtol=1e-12, atol=1e-12)
    assert not np.allclose(together.detach().numpy(), stack.logits(weights, inputs, KEYS, True).detach().numpy())


def test_nets_that_differ_in_no_rate_need_none_in_a_step_and_those_that_differ_in_more_share_no_stack():
    one, other = build(5, 3, hidden=(7, 6), dropout=0.5), build(5, 3, hidden=(7, 6), dropout=0.5)
    assert shared_net([one, other, one]) == (one, {})
    with pytest.raises(ValueError, match="more than the rates of KeyedDropout"):
        shared_net([one, build(5, 3, hidden=(7, 6), activation="prelu")])
