"""What each framework makes of every loss: losses and gradients, and weights after some 50 steps with one of them.

Usage: python tests/law/losses.py FRAMEWORK OUT.npz key=value ...
"""

import sys
from importlib import import_module

import numpy as np
from trajectory import FITS, trajectory

from configs.seats.losses import LOSSES, Loss

OUTPUTS = {"binary": 1, "multiclass": 4, "regression": 1}
ARGUMENTS = {"cross_entropy": {"label_smoothing": 0.1}, "quantile": {"quantile": 0.8}}


def cases(room: str) -> dict[str, np.ndarray]:
    """Losses of rows and their gradients, by loss and task, of logits that are the same in both."""
    load_loss, found = import_module(f"{room}.stack.members").load_loss, {}
    differentiate = {"lightning_mods": _in_torch, "tf_models": _in_tensorflow}[room]
    for name in LOSSES.known():
        for task in LOSSES.constants_of(name)["TASKS"]:
            draw, outputs = np.random.default_rng(0), OUTPUTS[task]
            logits = 3.0 * draw.normal(size=(2, 200, outputs))
            classes = draw.integers(0, max(2, outputs), (2, 200))
            targets = draw.normal(size=(2, 200)) if task == "regression" else classes
            row_losses = load_loss(Loss(name=name, **ARGUMENTS.get(name, {})), task)
            results = differentiate(row_losses, logits, targets)
            found |= {f"{name} {task} {part}: loss": array for part, array in zip("lg", results, strict=True)}
    return found


def _in_torch(row_losses, logits, targets):
    torch = import_module("torch")
    logits = torch.tensor(logits, requires_grad=True)
    losses = row_losses(logits, torch.tensor(targets))
    losses.sum().backward()
    return losses.detach().numpy(), logits.grad.numpy()


def _in_tensorflow(row_losses, logits, targets):
    tf = import_module("tensorflow")
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = row_losses(logits, tf.constant(targets))
    return losses.numpy(), tape.gradient(losses, logits).numpy()


if __name__ == "__main__":
    framework, out, *overrides = sys.argv[1:]
    room, _, _ = FITS[framework].partition(".")
    np.savez(out, **trajectory(framework, overrides), **cases(room))
