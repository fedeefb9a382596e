"""The seat of the callbacks, and `training.callbacks`, which chooses some of them."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from configs.seats.chosen import Chosen, as_section
from configs.seats.seat import Seat
from configs.seats.signatures import Form
from configs.types import Text

CALLBACKS = Seat("callback", ("training", "callbacks"), "callbacks", Form("build", ("session",), "name"), many=True)
OF_EVERY_RUN = ("early_stopping", "plateau", "event_files", "progress", "checkpoint")
"""The k-fold callbacks, which a run has by itself; a study chooses others."""


class Callback(Chosen):
    """A callback of the training; further keys are the keyword arguments of its build(...)."""

    SEAT: ClassVar[Seat] = CALLBACKS

    name: Text = Field(description="NAME of {lightning_mods,tf_models}/callbacks/NAME.py")

    @field_validator("name")
    @classmethod
    def _is_in_no_run_by_itself(cls, name: str) -> str:
        if name in OF_EVERY_RUN:
            raise ValueError(f"callback '{name}' is in a run by itself: leave it out")
        return name


def as_list(value: Any) -> Any:
    """Let one callback stand for a list of one: `training.callbacks=time_limit`."""
    return [value] if isinstance(value, str | dict) else value


Callbacks = Annotated[
    tuple[Annotated[Callback, BeforeValidator(as_section, json_schema_input_type=str | Callback)], ...],
    BeforeValidator(as_list),
]
