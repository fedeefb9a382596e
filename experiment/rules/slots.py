"""Optimizer slots: names of an optimizer's running values (moments, velocities) in both frameworks' checkpoints."""

from configs.schema import Optimizer

_SLOTS = {"sgd": (), "adam": ("mean", "square"), "adamw": ("mean", "square")}


def slots(optimizer: Optimizer) -> tuple[str, ...]:
    """Names of the method's running values, each `(members, size)`, besides its step counts."""
    return ("velocity",) if optimizer.momentum else _SLOTS[optimizer.name]
