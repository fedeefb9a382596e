"""A multilayer perceptron: dense layers, an activation and dropout after each hidden one."""

from torch import Tensor, nn

from configs.types import Activation, Fraction, Widths
from lightning_mods.layers import KeyedDropout, activation


class MLP(nn.Module):
    """`(batch, inputs) -> (batch, outputs)`; the outputs are logits, or the value itself in regression."""

    def __init__(self, inputs: int, outputs: int, hidden: list[int], activations: list[str], dropout: float) -> None:
        """One activation for each hidden width."""
        super().__init__()
        widths = [inputs, *hidden]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths[:-1], hidden, strict=True))
        self.activations = nn.ModuleList(activation(n, u) for n, u in zip(activations, hidden, strict=True))
        self.dropouts = nn.ModuleList(KeyedDropout(dropout) for _ in hidden)
        self.output = nn.Linear(widths[-1], outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Softmax or sigmoid belong to the loss and to the prediction."""
        for dense, act, drop in zip(self.hidden, self.activations, self.dropouts, strict=True):
            inputs = drop(act(dense(inputs)))
        return self.output(inputs)


def build(
    inputs: int,
    outputs: int,
    *,
    hidden: Widths = (64, 64),
    activation: Activation = "relu",
    dropout: Fraction = 0.2,
) -> MLP:
    """The network that `model.net: mlp` names: `hidden` widths, one `activation` for all or one each, `dropout`."""
    activations: list[str] = [activation] * len(hidden) if isinstance(activation, str) else list(activation)
    return MLP(inputs, outputs, list(hidden), activations, dropout)
