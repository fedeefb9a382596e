"""A multilayer perceptron: embeddings of categories, dense layers, an activation and dropout after each hidden one."""

import keras
import tensorflow as tf

from configs.types import Activation, Fraction, Widths
from datamodules.inputs.net_inputs import NetInputs
from tf_models.layers import Embeddings, KeyedDropout, activation


class MLP(keras.Model):
    """`(batch, inputs) -> (batch, outputs)`; the outputs are logits, or the value itself in regression."""

    def __init__(
        self, inputs: NetInputs, outputs: int, hidden: list[int], activations: list[str], dropout: float
    ) -> None:
        """One activation for each hidden width."""
        super().__init__()
        self.embeddings = Embeddings(inputs, name="embeddings")
        self.hidden = [keras.layers.Dense(u, name=f"hidden.{i}") for i, u in enumerate(hidden)]
        self.activations = [
            activation(n, u, name=f"activations.{i}") for i, (n, u) in enumerate(zip(activations, hidden, strict=True))
        ]
        self.dropouts = [KeyedDropout(dropout, name=f"dropouts.{i}") for i in range(len(hidden))]
        self.outputs_layer = keras.layers.Dense(outputs, name="output")

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits: softmax and sigmoid are part of the loss and of the prediction."""
        inputs = self.embeddings(inputs)
        for dense, act, drop in zip(self.hidden, self.activations, self.dropouts, strict=True):
            inputs = drop(act(dense(inputs)), training=training)
        return self.outputs_layer(inputs)


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
