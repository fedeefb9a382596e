"""Trains small tables of every kind of column and of target with each option of `inputs`: weights and logits of each.

Usage: python tests/law/columns.py FRAMEWORK OUT.npz key=value ...
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np
from trajectory import FITS

sys.path.append(str(Path(__file__).parents[1] / "reference"))

from mixed import OPTIONS, mixed
from small import small

from experiment.run.framework_directory import FrameworkDirectory


def cases(framework: str, overrides: list[str]) -> dict[str, np.ndarray]:
    """By the number of the option, and the name of the weight or the member whose logits these are."""
    found = {}
    for number, option in enumerate(OPTIONS):
        study, folds = mixed(*overrides, *option)
        with tempfile.TemporaryDirectory() as folder:
            fit = import_module(FITS[framework]).fit(study, folds, FrameworkDirectory(Path(folder)))
        found |= {f"{number} {name}": array for name, array in fit.weights.items()}
        found |= {f"{number} logits {member}": array for member, array in enumerate(fit.logits)}
    for method in ("log", "quantile"):
        study, folds = small(*overrides, f"inputs.target={method}", task="regression")
        with tempfile.TemporaryDirectory() as folder:
            fit = import_module(FITS[framework]).fit(study, folds, FrameworkDirectory(Path(folder)))
        found |= {f"{method} {name}": array for name, array in fit.weights.items()}
    return found


if __name__ == "__main__":
    np.savez(sys.argv[2], **cases(sys.argv[1], sys.argv[3:]))
