"""`evaluation`: metrics, intervals and thresholds."""

from pydantic import Field

from configs.seats.metric_choice import Metrics
from configs.types import (
    Positive,
    Section,
    Threshold,
)


class Evaluation(Section):
    """Evaluation of the predictions, which it does not change."""

    threshold: Threshold = Field(
        0.5, description="probability from which a row is predicted positive (binary), or the rule that chooses it"
    )
    cost_ratio: Positive = Field(1.0, description="cost of a false negative, in false positives (threshold: cost)")
    metrics: Metrics = Field(
        (),
        description="metrics to show, in their order: [auroc, {name: top_k_accuracy, k: 5}]; []: the usual",
    )

    @property
    def shown_metrics(self) -> tuple[str, ...]:
        """Return the keys of `metrics`, by which results call them."""
        return tuple(metric.key for metric in self.metrics)

    @property
    def only_of_binary(self) -> dict[str, tuple[float | str, float]]:
        """Return what is set and would mean nothing to a target that is not binary: its value, and its default."""
        changed = self.model_dump(include={"threshold", "cost_ratio"}, exclude_defaults=True)
        return {name: (value, type(self).model_fields[name].default) for name, value in changed.items()}
