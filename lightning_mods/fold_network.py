"""One fold's network of a finished run as an ordinary model, with its preprocessing: raw rows in."""

from pathlib import Path

import torch
from torch import Tensor, nn

from configs.schema import Study
from configs.seats.nets import NETS
from datamodules.inputs.statistics import FoldStatistics
from experiment.nets.fold_network import load_network
from experiment.nets.net_errors import explained
from lightning_mods.stack.building import DTYPES, build_net
from lightning_mods.stack.input_layer import InputLayer, admitted, answered
from lightning_mods.stack.target_units import TargetUnits
from lightning_mods.weights import load_member, portable_layout


class FoldNetwork(nn.Module):
    """Raw rows `(rows, columns)` -> logits `(rows, outputs)`, or probabilities; regression: in the target's units.

    A row with an infinite value has NaN, unless the study takes that for a missing one.

    Attributes:
        net: the net of the study, whose weights are all that is trained.
        inputs: imputes, scales and selects by the fold's own statistics, which are part of the saved state.
    """

    def __init__(
        self, study: Study, task: str, outputs: int, statistics: FoldStatistics, probabilities: bool = False
    ) -> None:
        """With the `statistics` of one member; the weights of the net are its initial ones."""
        super().__init__()
        dtype = DTYPES[study.training.precision]
        self.task, self.probabilities, self.infinite = task, probabilities, study.inputs.infinite
        self.mixed = study.training.precision == "bf16"
        self.inputs = InputLayer(statistics, dtype).as_buffers()
        self.net = build_net(study, statistics.width, outputs)
        self.units = TargetUnits(statistics, dtype).as_buffers()

    def forward(self, rows: Tensor) -> Tensor:
        """Preprocess, and compute; a probability is the positive class's of a binary target, else each class's."""
        rows = admitted(rows.to(self.units.scale.dtype), self.infinite)
        inputs = self.inputs(rows[None])[0]
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=self.mixed):
            outputs = self.net(inputs)
        outputs = answered(outputs.to(self.units.scale.dtype), rows)
        if self.task == "regression":
            restored: Tensor = self.units(outputs[None])[0]
            return restored
        if not self.probabilities:
            return outputs
        return torch.sigmoid(outputs) if self.task == "binary" else torch.softmax(outputs, dim=-1)


def fold_network(
    run: str | Path, fold: int, *, repeat: int | None = None, seed: int | None = None, probabilities: bool = False
) -> FoldNetwork:
    """The network of one fold of a finished run, as it predicts: without dropout.

    `repeat` and `seed` say which, where a fold has several. It gives logits as the run has saved them, to the rounding
    of its precision, or `probabilities`.

    Raises:
        RunError: it is no run, or this framework has trained nothing in it, or every fold has failed.
        StudyError: a file is damaged, there is no such network, it has failed, or the net's file has changed.
    """
    networks = load_network(run, "lightning", fold, repeat, seed)
    network = FoldNetwork(networks.study, networks.task, networks.outputs, networks.statistics, probabilities)
    with explained(NETS, networks.study.model.net, "lightning"):
        layout, _ = portable_layout(network.net)
    networks.flat(layout)  # raises StudyError
    load_member(network.net, networks.weights)
    return network.eval()
