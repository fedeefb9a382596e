"""What a net costs, against torch's own counter and a count by hand."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torch_layers import NETS

from lightning_mods.inspection.cost import net_cost
from lightning_mods.nets.mlp import build


def test_a_net_of_linear_layers_by_hand():
    cost = net_cost(build(30, 1, hidden=(64, 32), activation="relu", dropout=0.0), 30)
    kernels = 30 * 64 + 64 * 32 + 32
    assert cost.weights == kernels + 64 + 32 + 1
    assert cost.flops == 2 * kernels
    assert cost.elements == 2 * (64 + 32) + 1  # products with their biases, and activations


@pytest.mark.parametrize("name", NETS)
def test_products_are_those_that_torch_counts_in_any_net(name):
    torch.manual_seed(0)
    net = NETS[name]()
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 30))
    cost = net_cost(net, 30)
    assert cost.flops == counter.get_total_flops() > 0
    assert cost.weights == sum(parameter.numel() for parameter in net.parameters())


def test_a_convolution_costs_its_kernel_at_every_place():
    net = nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))
    cost = net_cost(net, 784)
    assert cost.flops == 2 * (9 * 8 * 26 * 26 + 8 * 26 * 26 * 10)
    assert cost.elements == 8 * 26 * 26 + 10


def test_what_is_computed_of_the_weights_alone_is_no_part_of_a_row():
    net = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(30, 64)), nn.Linear(64, 1))
    assert net_cost(net, 30).elements == 64 + 1


def test_a_layer_that_needs_more_than_one_row_is_counted():
    assert net_cost(nn.Sequential(nn.Linear(30, 8), nn.GroupNorm(8, 8), nn.Linear(8, 1)), 30).flops == 2 * (30 * 8 + 8)
