"""The layers that a net of one's own may have: torch's own, in a stack and alone."""

import numpy as np
import pytest
import torch
from torch_layers import COLUMNS, NETS
from torch_steps import MEMBERS, OPTIMIZERS, STEPS, Mover, moved_by, steps_of
from users_nets import study_of

from configs.member import Member
from experiment.rules.initial_weights import initial_weights
from lightning_mods.engine.engines import Engine
from lightning_mods.module import FoldModule
from lightning_mods.stack.stack import Stack
from lightning_mods.weights import load_member, portable_layout, to_arrays

INPUTS = torch.tensor(np.random.default_rng(0).normal(size=(MEMBERS, 10, COLUMNS)))
KEYS = torch.zeros(MEMBERS, 2, dtype=torch.int64)
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


def stacked(name):
    stack = Stack(NETS[name](), MEMBERS, torch.float64)
    members = [Member(0, 0, fold, 0) for fold in range(MEMBERS)]
    stack.flat.data.copy_(torch.tensor(initial_weights(stack.layout, members)))
    return stack


def test_the_names_and_shapes_are_those_of_keras():
    layout, _ = portable_layout(NETS["everything"]())
    assert dict(zip(layout.names, layout.shapes, strict=True)) == PORTABLE


@pytest.mark.parametrize("name", NETS)
def test_a_member_of_the_stack_is_torchs_own_net_and_has_its_gradients(name):
    stack = stacked(name)
    together = stack(INPUTS, KEYS)
    together.square().sum().backward()
    arrays, gradients = (to_arrays(flat, stack.layout) for flat in (stack.flat, stack.flat.grad))
    for member in range(MEMBERS):
        alone = load_member(NETS[name]().double(), arrays, member)
        outputs = alone(INPUTS[member])
        outputs.square().sum().backward()
        np.testing.assert_allclose(together[member].detach(), outputs.detach(), rtol=1e-12, atol=1e-12)
        for portable, array in zip(stack.portable, gradients.values(), strict=True):
            own = alone.get_parameter(portable.name).grad
            np.testing.assert_allclose(array[member].transpose(portable.axes), own, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NETS)
def test_a_replay_of_any_layer_is_the_eager_step(name):
    step, arguments = steps_of(NETS[name](), OPTIMIZERS["adamw"], "multiclass", columns=COLUMNS)
    expected, _, known = moved_by(Engine(step, "eager", MEMBERS, STEPS), arguments)
    move = Mover(Engine(step, "traced", MEMBERS, STEPS), *arguments[:2])
    for _ in range(2):  # memory that was left from the first time changes nothing
        flat, _, losses = move(*arguments)
        torch.testing.assert_close(flat, expected, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(losses, known, rtol=1e-12, atol=1e-12)


HEAD = "from torch import nn\ndef build(inputs, outputs):\n    return nn.Sequential("
REFUSED = {
    "nn.Linear(inputs, 4), nn.GRU(4, outputs), Last()": "layer '1' (GRU) is recurrent: torch.func.vmap has no rule",
    "nn.LSTMCell(inputs, outputs), Last()": "layer '0' (LSTMCell) is recurrent: torch.func.vmap has no rule",
    "Thrice(nn.MultiheadAttention(inputs, 2)), nn.Linear(inputs, outputs)": (
        "layer '0.layer' (MultiheadAttention) keeps three matrices in one"
    ),
    "Words(nn.Embedding(4, outputs, padding_idx=0, max_norm=1.0))": (
        "layer '0.layer' (Embedding) has padding_idx, max_norm, which Keras's Embedding has not; leave that out"
    ),
    "nn.Bilinear(inputs, inputs, outputs)": "no initial values are known for parameter '0.weight': its name must end",
    "nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs)": "the net keeps state besides its weights (1.num_batches",
}
WRAPPERS = """
class Last(nn.Module):
    def forward(self, given):
        return given[0]
class Thrice(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer
    def forward(self, x):
        return self.layer(x, x, x)[0]
class Words(Thrice):
    def forward(self, x):
        return self.layer(x[:, 0].long())
class Sequential(nn.Sequential):
    def forward(self, x):
        return self[0](x, x) if isinstance(self[0], nn.Bilinear) else super().forward(x)
"""


@pytest.mark.parametrize("layers", REFUSED)
def test_a_layer_that_cannot_be_stacked_is_refused_with_its_place_and_a_cure(layers, tmp_path, monkeypatch):
    source = HEAD.replace("nn.Seq", "Seq") + layers + ")\n" + WRAPPERS
    with pytest.raises(ValueError, match=r"nets/mine\.py") as refused:
        FoldModule(*study_of("lightning_mods", source, tmp_path, monkeypatch))
    message = str(refused.value)
    assert message.startswith(f"lightning_mods/nets/mine.py: {REFUSED[layers]}")
    assert "; " in message
    assert "\n" not in message
