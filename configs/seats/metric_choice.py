"""The seat of the metrics, and the sections that choose one: to be shown, monitored, or searched by."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from configs.loading.problems import dotted, sentence
from configs.seats.chosen import Chosen
from configs.seats.metric_keys import metric_key, read_key
from configs.seats.metrics import FORM, check_metrics, metric_files
from configs.seats.seat import Seat
from configs.types import Text


class MetricSeat(Seat):
    """`evaluation/metrics`, where a file without `METRIC` is no metric, but a module that metrics share."""

    def known(self) -> list[str]:
        """Return the names of all metrics, default ones first."""
        return list(metric_files())


METRICS = MetricSeat("metric", ("evaluation", "metrics"), "evaluation/metrics", FORM, neutral=True, many=True)
NAME = "NAME of evaluation/metrics/NAME.py"


class Metric(Chosen):
    """A metric; further keys are the keyword arguments of its function."""

    SEAT: ClassVar[Seat] = METRICS

    name: Text = Field(description=NAME)

    @property
    def key(self) -> str:
        """Return how results call it: name, and those arguments that are not the default: `top_k_accuracy(k=5)`."""
        fields = self.SEAT.arguments_of(self.name).model_fields
        return metric_key(self.name, {key: said for key, said in self.arguments.items() if said != fields[key].default})

    @field_validator("name")
    @classmethod
    def _file_is_usable(cls, name: str) -> str:
        check_metrics([name], "auto")
        return name


class Monitor(Metric):
    """What early stopping looks at, of the validation rows."""

    SEAT: ClassVar[Seat] = replace(METRICS, place=("training", "early_stopping", "monitor"), many=False)


class Objective(Metric):
    """What a search judges its trials by, of the validation rows."""

    SEAT: ClassVar[Seat] = replace(METRICS, place=("search", "objective"), many=False)


def as_metric(value: Any) -> Any:
    """Let a name, or the key that results call a metric by, stand for the section: `auroc`, `top_k_accuracy(k=5)`."""
    if not isinstance(value, str):
        return value
    name, arguments = read_key(value)
    return {"name": name} | arguments


def asked_key(text: str) -> str:
    """The key that results have for a metric, as a person writes it. Raises ValueError with one line."""
    name, arguments = read_key(text)
    check_metrics([name], "auto")
    try:
        return Metric.model_validate({"name": name} | arguments).key
    except ValidationError as error:
        found = error.errors()[0]
        raise ValueError(f"{dotted(found['loc'])}: {sentence(found)}") from None


def as_list(value: Any) -> Any:
    """Let one metric stand for a list of one, and null for an empty list."""
    if value is None:
        return []
    return [value] if isinstance(value, str | dict) else value


def _named_once(chosen: tuple[Metric, ...]) -> tuple[Metric, ...]:
    keys = [metric.key for metric in chosen]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise PydanticCustomError("named_twice", "names '{name}' twice; remove one", {"name": twice})
    return chosen


MonitorOrName = Annotated[Monitor, BeforeValidator(as_metric, json_schema_input_type=str | Monitor)]
ObjectiveOrName = Annotated[Objective, BeforeValidator(as_metric, json_schema_input_type=str | Objective)]
Metrics = Annotated[
    tuple[Annotated[Metric, BeforeValidator(as_metric, json_schema_input_type=str | Metric)], ...],
    AfterValidator(_named_once),
    BeforeValidator(as_list, json_schema_input_type=str | Metric | list[str | Metric] | None),
]
