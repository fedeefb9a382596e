"""The study's ordinary network in torch, started where the stack's member starts."""

from collections.abc import Sequence
from importlib import import_module

import torch
from torch import Tensor, nn

from benchmarks.cases.peers.solo import Predict, SoloFold
from configs.schema import Study
from experiment.rules.initial_weights import initial_weights
from lightning_mods.weights import load_member, portable_layout


def initial_net(study: Study, fold: SoloFold) -> nn.Module:
    """The network with the initial weights of the fold's member, on the CPU."""
    build = import_module(f"lightning_mods.nets.{study.model.net}").build
    net = build(fold.features.shape[1], 1, **study.model.arguments)
    layout, _ = portable_layout(net)
    return load_member(net, layout.unflatten(initial_weights(layout, [fold.member])))


def tensors(fold: SoloFold) -> Sequence[Tensor]:
    """Features `(rows, columns)` and targets `(rows,)`."""
    return torch.as_tensor(fold.features), torch.as_tensor(fold.targets)


def predictor(net: nn.Module) -> Predict:
    """Logits `(rows,)` of a trained network."""
    net.eval()
    with torch.no_grad():
        return lambda features: net(torch.as_tensor(features))[:, 0].detach().numpy()
