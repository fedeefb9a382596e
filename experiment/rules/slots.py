"""What an optimizer remembers of every member from step to step, under the names of both frameworks' checkpoints."""

from configs.schema import Optimizer

_SLOTS = {"sgd": (), "adam": ("mean", "square"), "adamw": ("mean", "square")}


def slots(optimizer: Optimizer) -> tuple[str, ...]:
    """Names of the running values, each `(members, size)`, that the method keeps besides its step counts."""
    return ("velocity",) if optimizer.momentum else _SLOTS[optimizer.name]
