"""Weights after some 50 steps with optimizers of `optimizers/`, of a stack of three and of its second member alone.

Usage: python tests/law/optimizers.py FRAMEWORK OUT.npz key=value ...
"""

import sys

import numpy as np
from trajectory import trajectory

STACK = ("folds.splits=3", "training.max_epochs=5")
WAYS = {
    "nesterov": "optimizer={name: sgd, learning_rate: 0.05, momentum: 0.9, nesterov: true}",
    "amsgrad": "optimizer={name: adam, amsgrad: true, weight_decay: 0.01}",
    "adamw": "optimizer={name: adamw, amsgrad: true, weight_decay: 0.01}",
    "lion": "optimizer={name: lion, learning_rate: 0.0003, weight_decay: 0.1}",
}


def cases(framework: str, overrides: list[str]) -> dict[str, np.ndarray]:
    """Weights by optimizer, whether `stack` or `alone`, and portable name."""
    return {
        f"{way} {kind} {name}": array
        for way, optimizer in WAYS.items()
        for kind, members in (("stack", None), ("alone", [1]))
        for name, array in trajectory(framework, [*STACK, optimizer, *overrides], members).items()
    }


if __name__ == "__main__":
    framework, out, *overrides = sys.argv[1:]
    np.savez(out, **cases(framework, overrides))
