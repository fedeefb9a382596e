"""One fold's network of a finished run as an ordinary model, with its preprocessing: raw rows in."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from configs.schema import Study
from configs.seats.nets import NETS
from datamodules.inputs.statistics import FoldStatistics
from experiment.nets.fold_network import load_network
from experiment.nets.net_errors import explained
from tf_models.stack.building import DTYPES, build_net
from tf_models.stack.input_layer import InputLayer, admitted, answered
from tf_models.stack.target_units import TargetUnits
from tf_models.weights import load_member, portable_layout


@keras.saving.register_keras_serializable("twinfold")
class FoldNetwork(keras.Model):
    """Raw rows `(rows, columns)` -> logits `(rows, outputs)`, or probabilities; regression: in the target's units.

    A row with an infinite value has NaN, unless the study takes that for a missing one.

    Attributes:
        net: the net of the study, whose weights are all that is trained.
        inputs_layer: imputes, scales and selects by the fold's own statistics, which are part of the saved config.
    """

    def __init__(
        self,
        study: Study,
        task: str,
        outputs: int,
        statistics: FoldStatistics,
        probabilities: bool = False,
        **layer: object,
    ) -> None:
        """With the `statistics` of one member; the weights of the net are its initial ones."""
        dtype = DTYPES[study.training.precision]
        super().__init__(**{"dtype": dtype.name} | layer)
        self.task, self.probabilities, self.outputs_count = task, probabilities, outputs
        self.infinite = study.inputs.infinite
        known = {"precision": study.training.precision, "infinite": self.infinite}
        self.recipe = {"model": study.model.model_dump(mode="json")} | known
        self.statistics = statistics
        self.inputs_layer = InputLayer(statistics, dtype)
        self.net = build_net(study, statistics.width, outputs)
        self.units = TargetUnits(statistics, dtype)
        self(tf.zeros((1, statistics.slots.shape[1]), dtype))

    def call(self, rows: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Preprocess, and compute; a probability is the positive class's of a binary target, else each class's."""
        rows = admitted(tf.cast(rows, self.units.scale.dtype), self.infinite)
        inputs = self.inputs_layer(rows[None])[0]
        outputs = answered(tf.cast(self.net(inputs, training=training), self.units.scale.dtype), rows)
        if self.task == "regression":
            return self.units(outputs[None])[0]
        if not self.probabilities:
            return outputs
        return tf.sigmoid(outputs) if self.task == "binary" else tf.nn.softmax(outputs)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the network of, without its weights."""
        arrays = {name: array.tolist() for name, array in vars(self.statistics).items()}
        own = {"task": self.task, "outputs": self.outputs_count, "probabilities": self.probabilities}
        return super().get_config() | own | {"study": self.recipe, "statistics": arrays}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: object = None) -> "FoldNetwork":
        """Build it anew; Keras then loads the weights. Raises ValueError for a net that is not there."""
        recipe = config.pop("study")
        inputs = {"infinite": recipe.get("infinite", "refuse")}  # which older ones do not say
        known = {"model": recipe["model"], "inputs": inputs, "training": {"precision": recipe["precision"]}}
        study = Study.model_validate(known)
        arrays = {name: np.array(array) for name, array in config.pop("statistics").items()}
        return cls(study, statistics=FoldStatistics(**arrays), **config)


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
    networks = load_network(run, "tensorflow", fold, repeat, seed)
    network = FoldNetwork(networks.study, networks.task, networks.outputs, networks.statistics, probabilities)
    with explained(NETS, networks.study.model.net, "tensorflow"):
        layout, _ = portable_layout(network.net)
    networks.flat(layout)  # raises StudyError
    load_member(network.net, networks.weights)
    return network
