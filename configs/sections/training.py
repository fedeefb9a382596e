"""`training`: epochs, batches, loss, stopping, devices; and `stack`: how many members train together."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from configs.seats.callbacks import Callbacks
from configs.seats.losses import Loss, LossOrName
from configs.seats.metric_choice import Monitor, MonitorOrName
from configs.types import (
    ClassWeights,
    Count,
    CountOrAuto,
    Integer,
    Nonnegative,
    Section,
    Share,
)


class EarlyStopping(Section):
    """Early stopping of each fold, whose best weights are kept."""

    monitor: MonitorOrName = Field(
        Monitor(name="loss"),
        description="metric of the validation rows that must improve: a name, with arguments if any",
    )
    patience: Count = Field(15, description="epochs without improvement before a fold is finished")
    min_delta: Nonnegative = Field(0.0, description="a smaller improvement does not count")


class Plateau(Section):
    """Reduction of a fold's learning rate on a plateau of the monitored metric, as torch's ReduceLROnPlateau."""

    factor: Share = Field(0.1, description="what the learning rate is multiplied by")
    patience: Integer = Field(
        5, ge=0, description="epochs without improvement that are allowed; one more, and it falls"
    )
    min_delta: Nonnegative = Field(0.0, description="a smaller improvement does not count")
    cooldown: Integer = Field(0, ge=0, description="epochs after a fall that do not count")
    minimum: Nonnegative = Field(0.0, description="smallest learning rate, before the schedule's factor")


class Training(Section):
    """Training: batches, loss, epochs, early stopping, callbacks, precision, engine and devices."""

    batch_size: Count = Field(32, description="rows of a step, for each member")
    loss: LossOrName = Field(Loss(), description="auto, a name, or a name and its arguments: {name: huber, delta: 2}")
    class_weights: ClassWeights = Field(
        "none", description="weight of each class in the training loss: balanced, or {label: weight}, 1 for others"
    )
    sampling: Literal["none", "balanced"] = Field(
        "none", description="balanced draws the training rows of an epoch by class, each with the same probability"
    )
    max_epochs: Count = Field(200, description="passes over the training rows, at most")
    early_stopping: EarlyStopping | None = Field(EarlyStopping(), description="null trains for max_epochs")
    callbacks: Callbacks = Field((), description="names, or names with arguments: [{name: time_limit, minutes: 30}]")
    plateau: Plateau | None = Field(None, description="lowers a fold's learning rate where it no longer improves")
    steps_per_execution: CountOrAuto = Field("auto", description="optimizer steps that the framework runs in one go")
    precision: Literal[32, 64, "bf16", "tf32"] = Field(
        32, description="bits of a floating-point number, or a faster format of a GPU"
    )
    engine: Literal["auto", "eager", "traced", "compiled"] = Field(
        "auto", description="how a step is executed; TensorFlow always traces: there eager is as traced"
    )
    accelerator: Literal["auto", "cpu", "gpu"] = Field("auto", description="auto takes a GPU where there is one")
    strategy: Literal["members", "rows"] = Field(
        "members",
        description="what several devices share: members: each takes parts of stack.size members; rows: of each batch",
    )
    devices: CountOrAuto = Field(
        "auto", description="how many GPUs, or processes on a CPU, which share its cores; auto is 1"
    )

    @field_validator("sampling")
    @classmethod
    def _classes_are_balanced_once(cls, sampling: str, info: ValidationInfo) -> str:
        if sampling == info.data.get("class_weights") == "balanced":
            raise ValueError("must be none with class_weights 'balanced': together they favour rare classes twice")
        return sampling

    @field_validator("plateau")
    @classmethod
    def _plateau_comes_before_the_stop(cls, plateau: Plateau | None, info: ValidationInfo) -> Plateau | None:
        stopping = info.data.get("early_stopping")
        if not plateau or not stopping or plateau.min_delta != stopping.min_delta:
            return plateau
        if plateau.patience + 1 >= stopping.patience:
            cause = f"early_stopping.patience={stopping.patience} finishes a fold before its rate falls"
            raise ValueError(f"patience={plateau.patience} has no effect, because {cause}: lower the first")
        return plateau

    @property
    def monitor(self) -> str:
        """Return the key of the metric that early stopping looks at; without early stopping, the loss."""
        return self.early_stopping.monitor.key if self.early_stopping else "loss"


class Stack(Section):
    """How many members are trained at once."""

    size: CountOrAuto = Field("auto", description="members at once; auto takes as many as the memory holds")
