"""The search block of a study: which keys are searched, between which bounds, how, how long, and how it is judged."""

from typing import Any, Literal

from pydantic import Field

from configs.types import Boolean, Count, Number, Positive, Section, Text

Oracle = Literal["random", "bayesian", "hyperband", "grid"]
Selection = Literal["nested", "plain"]


class Axis(Section):
    """One searched key: a range (`low`, `high`, `step`, `log`) or `choices`; `when` gives it to some trials only."""

    low: Number | None = Field(None, description="smallest value")
    high: Number | None = Field(None, description="largest value")
    step: Positive | None = Field(None, description="distance between values; null: every number of the range")
    log: Boolean = Field(False, description="draw the logarithm uniformly")
    choices: tuple[Any, ...] | None = Field(None, description="the values, instead of a range")
    when: dict[str, Any] = Field(
        {}, description="conditions {key: value or list of values} under which this key is searched"
    )


class Search(Section):
    """What `scripts/tune.py` searches; training alone ignores it."""

    space: dict[str, Axis] = Field({}, description="dotted key of the study -> range or choices")
    oracle: Oracle = Field("random", description="what proposes the settings")
    trials: Count = Field(24, description="settings that are tried, with the study as written and `enqueue`")
    minutes: Positive | None = Field(None, description="no trial starts after so many minutes; null: no limit")
    selection: Selection = Field(
        "nested", description="nested: each fold chooses by its own validation rows; plain: all folds together"
    )
    objective: Text = Field("loss", description="NAME of evaluation/metrics/NAME.py, of the validation rows")
    enqueue: tuple[dict[str, Any], ...] = Field((), description="settings that are tried first: {key: value}")
