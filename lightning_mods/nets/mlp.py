"""A multilayer perceptron: embeddings of categories, dense layers, an activation and dropout after each hidden one."""

from torch import Tensor, nn

from configs.types import Activation, Fraction, Widths
from datamodules.inputs.net_inputs import NetInputs
from lightning_mods.layers import Embeddings, KeyedDropout, activation


class MLP(nn.Module):
    """`(batch, inputs) -> (batch, outputs)`; the outputs are logits, or the value itself in regression."""

    def __init__(
        self, inputs: NetInputs, outputs: int, hidden: list[int], activations: list[str], dropout: float
    ) -> None:
        """One activation for each hidden width."""
        super().__init__()
        self.embeddings = Embeddings(inputs)
        widths = [self.embeddings.width, *hidden]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths[:-1], hidden, strict=True))
        self.activations = nn.ModuleList(activation(n, u) for n, u in zip(activations, hidden, strict=True))
        self.dropouts = nn.ModuleList(KeyedDropout(dropout) for _ in hidden)
        self.output = nn.Linear(widths[-1], outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits: softmax and sigmoid are part of the loss and of the prediction."""
        inputs = self.embeddings(inputs)
        for dense, act, drop in zip(self.hidden, self.activations, self.dropouts, strict=True):
            inputs = drop(act(dense(inputs)))
        return self.output(inputs)


def build(
    inputs: NetInputs,
    outputs: int,
    *,
    hidden: Widths = (64, 64),
    activation: Activation = "relu",
    dropout: Fraction = 0.2,
) -> MLP:
    """The network that `model.net: mlp` names: `hidden` widths, one `activation` for all or one each, `dropout`."""
    activations: list[str] = [activation] * len(hidden) if isinstance(activation, str) else list(activation)
    return MLP(NetInputs.of(inputs), outputs, list(hidden), activations, dropout)
