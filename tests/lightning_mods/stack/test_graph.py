import torch
from graphs import MLP, ancestors, assert_is_a_graph, chain, top_level_edges
from torch import Tensor, nn

from lightning_mods.inspection.graph import member_graph
from lightning_mods.nets.mlp import build


class Residual(nn.Module):
    """One block used twice, a sum around it, and a branch that depends on the numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.head = nn.Linear(4, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        inner = self.block(inputs) + inputs
        inner = self.block(inner) + inner if inner.sum() > -1e9 else inner
        return self.head(inner)


def test_the_layers_of_a_net_are_scopes_in_the_order_of_the_data():
    nodes = member_graph(build(5, 3, hidden=(7, 6), activation="relu"), 5)
    assert_is_a_graph(nodes)
    assert top_level_edges(nodes) == chain(MLP)
    shapes = {node.name: node.shape for node in nodes}
    assert (shapes["inputs"], shapes["outputs"]) == ((1, 5), (1, 3))


def test_every_weight_is_a_variable_that_the_outputs_come_from():
    net = build(5, 3, hidden=(7, 6), activation="prelu")
    nodes = member_graph(net, 5)
    variables = {node.name: node.shape for node in nodes if node.op == "Variable"}
    assert sorted(variables.values()) == sorted(tuple(one.shape) for one in net.parameters())
    assert set(variables) | {"inputs"} <= ancestors(nodes, "outputs")
    assert variables["activations.0/alpha"] == (7,)


def test_a_net_with_branches_and_a_block_used_twice():
    nodes = member_graph(Residual(), 4)
    assert_is_a_graph(nodes)
    assert [node.name for node in nodes if node.op == "relu"] == ["block.1/relu", "block.1/relu_1"]
    assert sum(node.op == "Variable" for node in nodes) == 4
    assert {"inputs", "add", "add_1"} <= ancestors(nodes, "outputs")


def test_looking_at_a_net_leaves_it_as_it_was():
    net = build(5, 3, hidden=(7, 6), dropout=0.0)
    before = net(torch.ones(2, 5))
    member_graph(net, 5)
    assert all(not layer._forward_hooks and not layer._forward_pre_hooks for layer in net.modules())
    torch.testing.assert_close(net(torch.ones(2, 5)), before, rtol=0, atol=0)


def test_a_net_in_double_precision_is_traced_too():
    assert_is_a_graph(member_graph(build(5, 3, hidden=(7,)).double(), 5))
