"""Studies whose rows several devices share; as a program, how far TensorFlow on several is from one device.

Usage: python tests/law/rows.py OUT.json DEVICES CASE ...
"""

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np
from trajectory import FIFTY_STEPS, WAYS

from configs.loading.loading import load_study
from configs.schema import Study
from datamodules.fold_data import fold_data
from experiment.record.history import read_history
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import FitResult

SMALL = ("folds.splits=3", "training.precision=64", "output.tensorboard=false")
LAW = {("64", "sgd"): 1e-10, ("64", "adam"): 1e-7, ("32", "adam"): 1e-4}
STOPPING = ("folds.validation_fraction=0.15", "training.early_stopping={patience: 2, monitor: auroc}")
UNSTOPPED = ("folds.validation_fraction=0", "training.early_stopping=null")
CASES = {
    "uneven rows and class weights": ("training.class_weights=balanced", "training.batch_size=37", *STOPPING),
    "drawn by class, several stacks": ("training.sampling=balanced", "stack.size=2", *STOPPING),
    "fewer rows of a batch than devices": ("training.batch_size=2", "training.max_epochs=1"),
    "several classes": ("data.source=wine", "training.batch_size=7", *STOPPING),
    "a regression": ("data.source=diabetes", "training.max_epochs=8", "folds.validation_fraction=0.2"),
    "groups": ("data.source=penguins", "folds.group=island", "folds.test_fraction=0", *UNSTOPPED),
}


def study_of(case: str, *overrides: str) -> Study:
    """The study of one of `CASES`, or of a precision and a way to train: `64 sgd`."""
    if case in CASES:
        return load_study(None, [*SMALL, "training.max_epochs=12", *CASES[case], *overrides])
    precision, way = case.split()
    return load_study(None, [*FIFTY_STEPS, *WAYS[way], *SMALL, f"training.precision={precision}", *overrides])


def told(fit: FitResult, folder: Path) -> dict[str, np.ndarray]:
    """Weights, epochs and logits of a training, and every number of its record."""
    found = {"epochs": fit.epochs, "best_epoch": fit.best_epoch} | fit.weights
    found |= {f"logits {member}": logits for member, logits in enumerate(fit.logits)}
    for number, line in enumerate(read_history(FrameworkDirectory(folder).history)):
        line.pop("time")
        found |= {f"line {number} {name}": array for name, array in _numbers(line).items()}
    return found


def largest_differences(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, float]:
    """Of weights, and of all else, where one has what the other has."""
    assert one.keys() == other.keys()
    differences = {"weights": 0.0, "others": 0.0}
    for name, mine in one.items():
        np.testing.assert_array_equal(np.isnan(mine), np.isnan(other[name]), name)
        kind = "weights" if "." in name and not name.startswith("line") else "others"
        apart = np.nan_to_num(np.abs(mine - other[name]) / np.maximum(1.0, np.abs(mine)))
        differences[kind] = max(differences[kind], float(apart.max(initial=0.0)))
    return differences


def _numbers(value: object) -> dict[str, np.ndarray]:
    if isinstance(value, dict):
        return {f"{key} {name}": array for key, one in value.items() for name, array in _numbers(one).items()}
    return {"": np.array(value, float)}


def _trained(case: str, devices: int) -> dict[str, np.ndarray]:
    study = study_of(case, "training.strategy=rows", f"training.devices={devices}")
    with tempfile.TemporaryDirectory() as folder:
        directory = FrameworkDirectory(Path(folder))
        return told(import_module("tf_models.fit").fit(study, fold_data(study), directory), directory.root)


if __name__ == "__main__":
    out, count, *cases = sys.argv[1:]
    tf = import_module("tensorflow")
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * int(count))
    found = {case: largest_differences(_trained(case, 1), _trained(case, int(count))) for case in cases}
    Path(out).write_text(json.dumps(found))
