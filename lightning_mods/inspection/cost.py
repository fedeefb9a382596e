"""Cost of one network: number of weights, and operations and memory for one row."""

from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import flop_registry

from experiment.nets.net_cost import NetCost, of_one_row
from lightning_mods.inspection.graph import tensors_in
from lightning_mods.private_names import TorchDispatchMode
from lightning_mods.weights import portable_layout

COPIES = 38
"""Copies of the weights at the peak of a training: 6 to 37 were measured, by size and precision."""


def net_cost(net: nn.Module, inputs: int) -> NetCost:
    """Cost of training `net` on rows of `inputs` columns."""
    dtype = next(net.parameters()).dtype

    def count(rows: int) -> tuple[int, int]:
        given = torch.zeros(rows, inputs, dtype=dtype)
        with torch.no_grad(), _Counter() as counter:
            net(given)
        return counter.elements, counter.flops

    elements, flops = of_one_row(count)
    return NetCost(portable_layout(net)[0].size, elements, flops, COPIES)


class _Counter(TorchDispatchMode):
    """Counts what operations give, and what products take."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = self.flops = 0

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), options: Any = None) -> Any:
        """Run the operation, and count it; a view computes nothing."""
        options = options or {}
        result = function(*arguments, **options)
        if not function.is_view:
            self.elements += sum(one.numel() for one in tensors_in([result]))
        if function.overloadpacket in flop_registry:
            self.flops += flop_registry[function.overloadpacket](*arguments, **options, out_val=result)
        return result
