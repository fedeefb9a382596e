"""The search block of a study: which keys are searched, between which bounds, how, how long, and how it is judged."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from configs.seats.metric_choice import Objective, ObjectiveOrName
from configs.types import Boolean, Count, Integer, Number, Positive, Section, expected

Oracle = Literal["random", "bayesian", "hyperband", "grid"]
Selection = Literal["nested", "plain"]
Bound = Annotated[Integer | Number, expected("must be a number")]
MOST_STEPS = 10_000
"""Largest number of values of a range with a step."""
RANGE = "needs low and high, or choices: {low: 0, high: 0.5} or [relu, selu]"
SPACE = "must be keys with ranges or choices, like {model.dropout: {low: 0, high: 0.5}}"
ENQUEUE = "must be a list of settings, like [{model.dropout: 0.2}]"


class Axis(Section):
    """One searched key: a range (`low`, `high`, `step`, `log`) or `choices`; `when` gives it to some trials only."""

    low: Bound | None = Field(None, description="smallest value")
    high: Bound | None = Field(None, description="largest value")
    step: Annotated[Integer | Positive, expected("must be a number > 0")] | None = Field(
        None, description="distance between values, with log their ratio; null: every number of the range"
    )
    log: Boolean = Field(False, description="draw the logarithm uniformly")
    choices: tuple[Any, ...] | None = Field(None, description="the values, instead of a range")
    when: dict[str, Any] = Field(
        {}, description="conditions {searched key: value or list of values} under which this key is searched"
    )

    @field_validator("high")
    @classmethod
    def _is_above_low(cls, high: float | None, info: ValidationInfo) -> float | None:
        low = info.data.get("low")
        if low is not None and high is not None and high <= low:
            raise ValueError(f"must be above low, which is {low:g}; received {high:g}")
        return high

    @field_validator("step")
    @classmethod
    def _is_positive(cls, step: float | None) -> float | None:
        if step is not None and step <= 0:
            raise ValueError(f"must be > 0, received {step:g}")
        return step

    @field_validator("log")
    @classmethod
    def _has_a_logarithm(cls, log: bool, info: ValidationInfo) -> bool:
        low, step = info.data.get("low"), info.data.get("step")
        if log and low is not None and low <= 0:
            raise ValueError(f"must be false, because low is {low:g}: only numbers > 0 have a logarithm")
        if log and step is not None and step <= 1:
            raise ValueError(f"needs a step > 1, the ratio of two values; received step {step:g}")
        return log

    @field_validator("choices")
    @classmethod
    def _differ(cls, choices: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if choices is not None and not choices:
            raise ValueError("must have one value at least")
        for place, choice in enumerate(choices or ()):
            if has(choice, choices[:place] if choices else ()):
                raise ValueError(f"has {choice!r} twice; remove one")
        return choices

    @model_validator(mode="after")
    def _is_a_range_or_choices(self) -> Self:
        bounds = [name for name in ("low", "high") if getattr(self, name) is not None]
        if self.choices is not None and (bounds or self.step or self.log):
            raise ValueError("has choices and a range: remove one of them")
        if self.choices is None and len(bounds) < 2:
            raise ValueError(RANGE)
        if self.choices is None and self.step is not None and self.num_steps < 2:
            raise ValueError(f"has one value, low, because step {self.step:g} goes beyond high: set a smaller step")
        if self.choices is None and self.step is not None and self.num_steps > MOST_STEPS:
            raise ValueError(f"has more than {MOST_STEPS} values: set a larger step, or step: null for every number")
        return self

    @property
    def num_steps(self) -> int:
        """Number of values of a range with a step; a rounding error loses none."""
        low, high, step = float(self.low or 0), float(self.high or 0), float(self.step or 1)
        steps = math.log(high / low) / math.log(step) if self.log else (high - low) / step
        return math.floor(steps + 1e-9) + 1 if steps < 2**53 else 2**53


def has(value: Any, values: Sequence[Any]) -> bool:
    """Whether `values` has a value of this type; True is not 1."""
    return any(one == value and isinstance(one, bool) == isinstance(value, bool) for one in values)


def as_axis(value: Any) -> Any:
    """Let a list stand for choices: `model.activation: [relu, selu]`. Raises ValueError for a single value."""
    if not isinstance(value, Mapping | list | tuple | Axis):
        raise ValueError(f"{RANGE}; received {value!r}")
    return {"choices": value} if isinstance(value, list | tuple) else value


class Search(Section):
    """What `scripts/tune.py` searches; training alone ignores it."""

    space: dict[str, Annotated[Axis, BeforeValidator(as_axis, json_schema_input_type=Axis | list[Any])]] = Field(
        description="dotted key of the study -> range or choices: {model.dropout: {low: 0, high: 0.5}}"
    )
    oracle: Oracle = Field("random", description="what proposes the settings")
    trials: Count = Field(24, description="settings that are tried, with the study as written and `enqueue`")
    minutes: Positive | None = Field(
        None, description="no stack of trials starts after so many minutes; null: no limit"
    )
    selection: Selection = Field(
        "nested", description="nested: each fold chooses by its own validation rows; plain: all folds together"
    )
    objective: ObjectiveOrName = Field(
        Objective(name="loss"), description="metric of the validation rows: a name, with arguments if it has any"
    )
    enqueue: tuple[dict[str, Any], ...] = Field((), description="settings that are tried first: {key: value}")

    @property
    def asks_keras_tuner(self) -> bool:
        """Whether the oracle is one of keras-tuner's."""
        return self.oracle != "grid"

    @field_validator("space", "enqueue", mode="before")
    @classmethod
    def _is_written_right(cls, value: Any, info: ValidationInfo) -> Any:
        kind, said = (Mapping, SPACE) if info.field_name == "space" else (list | tuple, ENQUEUE)
        if not isinstance(value, kind):
            raise ValueError(f"{said}; received {value!r}")
        return value

    @field_validator("space")
    @classmethod
    def _searches_something(cls, space: dict[str, Axis]) -> dict[str, Axis]:
        if not space:
            raise ValueError("must name one key at least, like {model.dropout: {low: 0, high: 0.5}}")
        return space
