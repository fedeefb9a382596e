"""Optimizer slots: names of an optimizer's running values (moments, velocities) in both frameworks' checkpoints."""

from configs.seats.optimizers import slots_of
from configs.sections.optimizer import Optimizer


def slots(optimizer: Optimizer) -> tuple[str, ...]:
    """Names of the optimizer's running values, each `(members, size)`, besides its step counts."""
    return slots_of(optimizer.name, optimizer.arguments)
