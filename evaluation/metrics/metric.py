"""Declaration of a metric, in its own file alone: `METRIC = Metric(...)` in `evaluation/metrics/NAME.py`."""

from dataclasses import dataclass
from math import isinf
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """Everything about a metric but its formula, which is the function of the file's name beside it.

    The function takes any of these by name, and returns a float, nan where its formula is undefined:

    * `targets`: `(rows,)`, the class index, or the value of a regression.
    * `predicted`: `(rows,)`, the class index at the threshold in use, or the predicted value.
    * `probabilities`: `(rows, classes)`, of a binary task too.
    * `scores`: `(rows,)`, the log odds of the positive class; of a metric `per_class`, of the class against the rest.
    * `logits`: float64 `(rows, outputs)`; and `task`, a text.

    Its keyword-only parameters are keys of the study: `{name: top_k_accuracy, k: 5}`.

    Attributes:
        label: as it is called where a person reads; `{k}` in it is the value of the parameter k.
        tasks: those that have it; configs/seats/metrics.py reads them, so they are written out.
        better: the direction.
        range: smallest and largest value that it can have; an interval is cut to them.
        place: in the tables of a study that names no metrics; None: only where `evaluation.metrics` names it.
        per_class: of one class against the rest, `targets` and `predicted` being bool `(rows,)`; the binary value is
            that of the positive class, the multiclass value the mean over the classes, called macro.
        undefined: why it is nan where it is.
    """

    label: str
    tasks: tuple[str, ...]
    better: Literal["higher", "lower"]
    range: tuple[float, float]
    place: int | None = None
    per_class: bool = False
    undefined: str = "its formula is undefined for these rows"

    @property
    def falls(self) -> bool:
        """Whether a lower value is better."""
        return self.better == "lower"

    @property
    def unbounded(self) -> bool:
        """Whether it has no largest value, as an error in the target's units."""
        return isinf(self.range[1])

    @property
    def natural_scale(self) -> bool:
        """Whether 1 is the most: a difference then counts as it is, and else as a share of the metric's mean."""
        return self.range[1] == 1.0
