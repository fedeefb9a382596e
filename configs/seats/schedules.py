"""The seat of the learning-rate schedules, and `optimizer.schedule`, which chooses one of them."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from configs.seats.chosen import Chosen, as_section
from configs.seats.seat import Seat
from configs.seats.signatures import Form
from configs.types import Fraction, Text

SCHEDULES = Seat(
    "schedule",
    ("optimizer", "schedule"),
    "experiment/rules/schedules",
    Form("factor", ("progress",), "name"),
    neutral=True,
)


class Schedule(Chosen):
    """The learning-rate schedule; further keys are the keyword arguments of its factor(...)."""

    SEAT: ClassVar[Seat] = SCHEDULES

    name: Text = Field("constant", description="NAME of experiment/rules/schedules/NAME.py")
    warmup: Fraction = Field(0.0, description="share of a member's steps in which the rate rises from 0, before it")

    @property
    def changes(self) -> bool:
        """Return whether the rate is another in some step than in the first."""
        return self.name != "constant" or self.warmup > 0


ScheduleOrName = Annotated[Schedule, BeforeValidator(as_section, json_schema_input_type=str | Schedule)]
