"""Study mark: digest of the settings that the weights depend on, to detect states and results of another study."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.schema import Study
from datamodules.fold_data import FoldData

TRAINED = ("seed", "folds", "inputs", "model", "optimizer", "training")
WHERE = ("engine", "accelerator", "devices", "strategy", "steps_per_execution")
"""Keys of `training` on place and speed, which change no result. The data has a digest of its own."""


def trained_digest(values: Mapping[str, Any]) -> str:
    """Hexadecimal SHA-256 of the sections of a study, as plain data, that its weights depend on.

    One seed for everything is what an older study means, which has no `seeds` and no `folds.seed`: it keeps its digest.
    """
    parts = {name: values.get(name) for name in TRAINED}
    if values.get("seeds", 1) != 1:
        parts["seeds"] = values["seeds"]
    if isinstance(parts["folds"], Mapping) and parts["folds"].get("seed") is None:
        parts["folds"] = {name: value for name, value in parts["folds"].items() if name != "seed"}
    if isinstance(parts["training"], Mapping):
        parts["training"] = {name: value for name, value in parts["training"].items() if name not in WHERE}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def study_mark(study: Study, folds: FoldData) -> NDArray[np.uint8]:
    """The mark of every state of a study's training, `(32,)`: a digest of the study, of its folds and of its trials."""
    studies = [study, *folds.trials.values()]
    told = "".join(trained_digest(one.model_dump(mode="json")) for one in studies) + folds.plan.digest()
    return np.frombuffer(hashlib.sha256(told.encode()).digest(), np.uint8)
