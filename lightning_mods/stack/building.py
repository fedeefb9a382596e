"""Networks and losses of a study, built from their files and checked."""

from importlib import import_module

import torch
from torch import nn

from configs.schema import Study
from configs.seats.losses import LOSSES
from configs.seats.nets import NETS
from experiment.nets.net_errors import NetError, check_losses, check_output, explained
from lightning_mods.stack.members import RowLosses, load_loss

DTYPES = {32: torch.float32, 64: torch.float64, "bf16": torch.float32, "tf32": torch.float32}


def build_net(study: Study, inputs: int, outputs: int) -> nn.Module:
    """One ordinary network: `build` of `nets/NAME.py` with the study's arguments.

    Raises ValueError, with the line of that file, if it cannot be built or does not give `(rows, outputs)`.
    """
    dtype = DTYPES[study.training.precision]
    with explained(NETS, study.model.net, "lightning"), torch.no_grad():
        build = import_module(f"lightning_mods.nets.{study.model.net}").build
        net = build(inputs, outputs, **study.model.arguments)
        if not isinstance(net, nn.Module):
            raise NetError(f"`build` gives {type(net).__name__}; let it return a torch.nn.Module")
        net = net.to(dtype).eval()
        check_output(net(torch.zeros(2, inputs, dtype=dtype)), 2, outputs)
    return net.train()


def build_loss(study: Study, task: str, outputs: int) -> RowLosses:
    """The training loss of the study, checked on two rows.

    Raises ValueError, with the line of its file, if it does not give a loss for every row.
    """
    loss = study.training.loss
    with explained(LOSSES, loss.of_task(task), "lightning"):
        row_losses = load_loss(loss, task)
        check_losses(row_losses(torch.zeros(1, 2, outputs), torch.zeros(1, 2)), 1, 2)
    return row_losses
