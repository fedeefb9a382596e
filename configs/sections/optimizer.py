"""`optimizer`: its name, its arguments, and the learning-rate schedule."""

from typing import Any, Self

from pydantic import Field, ModelWrapValidatorHandler, field_validator, model_validator

from configs.seats.optimizers import OF_0_1, OPTIMIZERS, slots_of
from configs.seats.schedules import Schedule, ScheduleOrName
from configs.types import (
    Nonnegative,
    Positive,
    Section,
    Text,
)


class Optimizer(Section, extra="allow"):
    """The optimizer; further keys are the keyword arguments of its update(...)."""

    name: Text = Field("adam", description="NAME of {lightning_mods,tf_models}/optimizers/NAME.py")
    learning_rate: Positive = Field(1e-3, description="size of the step")
    weight_decay: Nonnegative = Field(0.0, description="strength of the pull of the weights towards 0")
    clip_norm: Positive | None = Field(None, description="largest norm of a member's gradient; null does not clip")
    schedule: ScheduleOrName = Field(
        Schedule(), description="a factor of the rate by the step: a name, or {name: cosine, warmup: 0.1}"
    )

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the checked keyword arguments of `update()`, its defaults filled in."""
        return dict(self.__pydantic_extra__ or {})

    @property
    def slots(self) -> tuple[str, ...]:
        """Return the names of the running values, each `(members, size)`, besides the step counts."""
        return slots_of(self.name, self.arguments)

    @field_validator("name")
    @classmethod
    def _optimizer_exists(cls, name: str) -> str:
        OPTIMIZERS.check(name)
        return name

    @model_validator(mode="wrap")
    @classmethod
    def _arguments_fit_the_optimizer(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        optimizer = OPTIMIZERS.filled(cls, data, handler, OF_0_1)
        slots_of(optimizer.name, optimizer.arguments)
        return optimizer
