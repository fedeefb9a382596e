"""The seat of the optimizers, and the running values (slots) that an optimizer's file declares."""

from typing import Any

from configs.loading.problems import shown
from configs.seats.seat import Seat
from configs.seats.signatures import Form

OPTIMIZERS = Seat(
    "optimizer",
    ("optimizer",),
    "optimizers",
    Form("update", ("flat", "gradients", "slots", "steps", "rates", "decay"), "name"),
    ("SLOTS",),
)
OF_0_1 = {"momentum": 0.0, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
"""Keys that every optimizer had in version 0.1; an optimizer without one of them ignores it at this value."""
TAKEN = ("flat", "steps")
"""Reserved names, which no slot may have: every optimizer keeps these."""


def slots_of(name: str, arguments: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of an optimizer's running values, each `(members, size)`, besides its step counts.

    Raises:
        ValueError: its `SLOTS` is not a dict of names with `True` or the argument that switches them on.
    """
    slots, file = OPTIMIZERS.constants_of(name)["SLOTS"], OPTIMIZERS.place_of(name)
    if not isinstance(slots, dict) or not all(isinstance(slot, str) and slot not in TAKEN for slot in slots):
        raise ValueError(
            f'{file}: SLOTS must be like {{"mean": True}}, without flat and steps, received {shown(slots)}'
        )
    if unknown := [switch for switch in slots.values() if switch is not True and switch not in arguments]:
        cure = "write True, or the name of an argument of update(...) that a slot is kept for"
        raise ValueError(f"{file}: {shown(unknown[0])} in SLOTS is no argument: {cure}")
    return tuple(slot for slot, switch in slots.items() if switch is True or arguments[switch])
