"""`evaluation`: metrics, intervals and thresholds."""

from pydantic import Field, field_validator

from configs.seats import metrics
from configs.sections.types import (
    Labels,
    Positive,
    Section,
    Threshold,
)


class Evaluation(Section):
    """How the predictions are judged; it changes no prediction."""

    threshold: Threshold = Field(
        0.5, description="probability from which a row is called positive (binary), or the rule that chooses it"
    )
    cost_ratio: Positive = Field(1.0, description="cost of a missed positive, in false alarms (threshold: cost)")
    metrics: Labels = Field(
        (), description="NAMEs of evaluation/metrics/NAME.py, in the order in which they are shown; []: the usual ones"
    )

    @field_validator("metrics")
    @classmethod
    def _metrics_exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        metrics.check_metrics(names, "auto")
        return names

    @property
    def only_of_binary(self) -> dict[str, tuple[float | str, float]]:
        """Return what is set and would mean nothing to a target that is not binary: its value, and its default."""
        changed = self.model_dump(include={"threshold", "cost_ratio"}, exclude_defaults=True)
        return {name: (value, type(self).model_fields[name].default) for name, value in changed.items()}
