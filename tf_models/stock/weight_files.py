"""Files of a stack: weights with a record of their folds, and a SavedModel for predictions."""

import hashlib
import json
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from datamodules.fold_data import FoldData
from experiment.run.marks.folds import check_marks, fold_marks
from tf_models.stack.stack import Stack
from tf_models.stock.features import check_arguments

LAYOUT = "layout"


class _Marks(keras.layers.Layer):
    """Reads what the root of a file of weights holds, and no weights."""

    def __init__(self) -> None:
        super().__init__()
        self.built = True
        object.__setattr__(self, "found", {})

    def load_own_variables(self, store: Any) -> None:
        self.found.update({name: np.array(store[name]) for name in list(store.keys())})


class StoredModel(keras.Model):
    """A keras.Model of `folds` whose weights are a `stack`, and the `best` ones of every member."""

    folds: FoldData
    stack: Stack
    best: tf.Variable

    @cached_property
    def marks(self) -> dict[str, NDArray]:
        """What a file of weights records of its folds and its net: fold plan, input statistics, names and shapes."""
        layout = json.dumps([self.stack.layout.names, self.stack.layout.shapes]).encode()
        return fold_marks(self.folds) | {LAYOUT: np.frombuffer(hashlib.sha256(layout).digest(), np.uint8)}

    def save_own_variables(self, store: Any) -> None:
        """What Keras writes into a file of weights besides those of the stack and the optimizer: the `marks`."""
        for name, array in self.marks.items():
            store[name] = array

    def load_own_variables(self, store: Any) -> None:
        """Compare the marks, which is all that is left to load. Raises ValueError if they are others."""
        self._check(store, "the file of weights")

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **settings: object) -> None:
        """What `save_weights` wrote. Raises ValueError for a file of other folds, inputs or another net."""
        check_arguments("load_weights", {"skip_mismatch": skip_mismatch})
        if not str(filepath).endswith((".weights.h5", ".weights.json")):
            raise ValueError(f"{filepath}: FoldModel.load_weights reads .weights.h5, which save_weights writes")
        marks = _Marks()  # before anything is loaded: Keras looks at all of a file before it says that a part is wrong
        keras.saving.load_weights(marks, filepath)
        self._check(marks.found, str(filepath))
        super().load_weights(filepath, **settings)
        self.best.assign(self.stack.flat.value)

    def _check(self, store: Any, what: str) -> None:
        found = {name: np.asarray(store[name]) for name in self.marks if name in store.keys()}  # noqa: SIM118
        check_marks(found, self.folds, what)
        if LAYOUT not in found or not np.array_equal(found[LAYOUT], self.marks[LAYOUT]):
            raise ValueError(f"{what}: has the weights of another net; give the study the model it was trained with")

    def export(self, filepath: Any, format: str = "tf_saved_model", **settings: Any) -> None:
        """A SavedModel that gives what a call of raw rows does. Raises ValueError for other formats."""
        if format != "tf_saved_model":
            raise ValueError(
                f"FoldModel.export(format={format!r}) is refused: export a tf_saved_model, and convert that"
            )
        rows = tf.TensorSpec((None, self.folds.table.num_columns), tf.float32, name="features")
        super().export(filepath, **({"input_signature": [rows], "verbose": False} | settings))
