"""Logits of the networks of a finished run for new rows."""

import numpy as np
import torch
from numpy.typing import NDArray

from configs.seats.nets import NETS
from datamodules.reading.unseen import row_batches
from experiment.nets.net_errors import explained
from experiment.nets.networks import Networks
from experiment.nets.predictor import RowLogits
from lightning_mods.stack.building import DTYPES, build_net
from lightning_mods.stack.input_layer import InputLayer, admitted, answered
from lightning_mods.stack.stack import Stack


def member_logits(networks: Networks) -> RowLogits:
    """A function of raw rows `(rows, columns)` -> logits `(members, rows, outputs)`; regression: standardised.

    It takes `(members, rows, columns)`, too, where each network has rows of its own. A row with an infinite value has
    NaN, unless the study takes that for a missing one.

    Raises ValueError for a net that cannot be built, or has other parameters than when it was trained.
    """
    study, members = networks.study, networks.members
    dtype = DTYPES[study.training.precision]
    net = build_net(study, networks.statistics.width, networks.outputs)
    with explained(NETS, study.model.net, "lightning"):
        stack = Stack(net, members, dtype, mixed=study.training.precision == "bf16")
    flat = torch.as_tensor(networks.flat(stack.layout), dtype=dtype)
    inputs = InputLayer(networks.statistics, dtype)

    @torch.inference_mode()
    def predict(features: NDArray[np.float32]) -> NDArray[np.floating]:
        found = []
        for rows in row_batches(features, members, networks.statistics.width):
            known = admitted(torch.as_tensor(rows, dtype=dtype), study.inputs.infinite)
            shared = known.expand(members, *rows.shape[-2:])
            found.append(answered(stack.predict(flat, inputs(shared)), shared).numpy())
        return np.concatenate(found, axis=1)

    return predict
