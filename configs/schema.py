"""The study: every key with its default, its meaning and its bounds.

A rule between keys is a validator of the later one, which finds the earlier ones in `info.data`; so a problem has a
place, and all problems of a study are shown at once. No net or loss is imported for it (`configs/seats`).
"""

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails

from configs.learners import Framework, trained_by
from configs.seats import metrics
from configs.seats.baselines import check_baselines
from configs.seats.callbacks import CALLBACKS, Callback
from configs.seats.losses import LOSSES, Loss
from configs.seats.metric_choice import METRICS, Metric, Monitor, Objective
from configs.seats.nets import NETS
from configs.seats.optimizers import OPTIMIZERS
from configs.seats.schedules import SCHEDULES, Schedule
from configs.seats.seat import Seat
from configs.sections.data import Data
from configs.sections.evaluation import Evaluation
from configs.sections.folds import Folds
from configs.sections.inputs import Inputs
from configs.sections.machines import Launcher, Ray, Slurm
from configs.sections.model import Model
from configs.sections.optimizer import Optimizer
from configs.sections.output import Output
from configs.sections.search import Search
from configs.sections.training import Stack, Training
from configs.types import (
    SEEDS,
    Count,
    Labels,
    Section,
    Seed,
    Text,
)


class Study(Section):
    """A study: everything that a result depends on."""

    name: Text = Field(
        "breast_cancer", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80, description="folder of its runs"
    )
    framework: Framework = Field(
        "both", description="framework that trains: one of them, both, or none for the baselines alone"
    )
    seed: Seed = Field(0, description="seed of every random number")
    seeds: Count = Field(
        1,
        description="networks of each fold, with seeds seed, seed + 1, ...: of initial weights, order of rows, dropout",
    )
    baselines: Labels = Field(
        (),
        description="NAMEs of sklearn_models/baselines/NAME.py, trained on the same folds: one name, a list, or []",
    )
    data: Data = Data()
    folds: Folds = Folds()
    inputs: Inputs = Inputs()
    model: Model = Field(default_factory=dict, validate_default=True)
    optimizer: Optimizer = Field(default_factory=dict, validate_default=True)
    training: Training = Training()
    stack: Stack = Stack()
    launcher: Launcher = Field(
        "local", description="NAME of experiment/launchers/NAME.py, which starts the processes that train the parts"
    )
    slurm: Slurm = Slurm()
    ray: Ray = Ray()
    evaluation: Evaluation = Evaluation()
    output: Output = Output()
    search: Search | None = Field(None, description="what scripts/tune.py searches; null: nothing")

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Return the frameworks that are trained, in this order."""
        return trained_by(self.framework)

    @property
    def learners(self) -> tuple[str, ...]:
        """Return the frameworks and the baselines, each of which has a folder in a run."""
        return (*self.frameworks, *self.baselines)

    @field_validator("baselines")
    @classmethod
    def _baselines_exist(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        check_baselines(names)
        if info.data.get("framework") == "none" and not names:
            raise ValueError("must name one at least with framework=none, which trains nothing else")
        return names

    @field_validator("seeds")
    @classmethod
    def _every_seed_is_one(cls, seeds: int, info: ValidationInfo) -> int:
        if (most := SEEDS - info.data.get("seed", 0)) < seeds:
            raise ValueError(f"must be <= {most}, because the largest seed is {SEEDS - 1}; or set a smaller seed")
        return seeds

    @field_validator("model")
    @classmethod
    def _net_has_its_twin(cls, model: Model, info: ValidationInfo) -> Model:
        NETS.check_twins(model.net, trained_by(info.data.get("framework", "")))
        return model

    @field_validator("optimizer")
    @classmethod
    def _optimizer_has_its_twin(cls, optimizer: Optimizer, info: ValidationInfo) -> Optimizer:
        OPTIMIZERS.check_twins(optimizer.name, trained_by(info.data.get("framework", "")))
        return optimizer

    @field_validator("training")
    @classmethod
    def _loss_fits_the_task_and_has_its_twin(cls, training: Training, info: ValidationInfo) -> Training:
        loss, task = training.loss, info.data.get("data", Data()).task
        try:
            if loss.name != "auto":
                LOSSES.check_twins(loss.name, trained_by(info.data.get("framework", "")))
            if task != "auto":
                loss.check_task(task)
        except ValueError as error:
            details = InitErrorDetails(type="value_error", loc=("loss",), input=loss.name, ctx={"error": error})
            raise ValidationError.from_exception_data("Training", [details]) from None
        return training

    @field_validator("launcher")
    @classmethod
    def _rows_are_shared_in_one_machine(cls, launcher: str, info: ValidationInfo) -> str:
        if launcher != "local" and info.data.get("training", Training()).strategy == "rows":
            raise ValueError("must be 'local' with training.strategy 'rows': one machine has all devices of a batch")
        return launcher

    @field_validator("training")
    @classmethod
    def _callbacks_have_their_twins(cls, training: Training, info: ValidationInfo) -> Training:
        for index, callback in enumerate(training.callbacks):
            try:
                CALLBACKS.check_twins(callback.name, trained_by(info.data.get("framework", "")))
            except ValueError as error:
                place, cause = ("callbacks", index), {"error": error}
                details = InitErrorDetails(type="value_error", loc=place, input=callback.name, ctx=cause)
                raise ValidationError.from_exception_data("Training", [details]) from None
        return training

    @field_validator("training")
    @classmethod
    def _monitor_can_be_measured(cls, training: Training, info: ValidationInfo) -> Training:
        data, folds = info.data.get("data", Data()), info.data.get("folds", Folds())
        if training.early_stopping is None:
            return training
        if folds.validation_fraction == 0:
            raise ValueError("early_stopping has no rows to look at: set folds.validation_fraction > 0, or it to null")
        try:
            metrics.check_metrics([training.monitor], data.task)
        except ValueError as error:
            place, cause = ("early_stopping", "monitor"), {"error": error}
            details = InitErrorDetails(type="value_error", loc=place, input=training.monitor, ctx=cause)
            raise ValidationError.from_exception_data("Training", [details]) from None
        return training

    @field_validator("evaluation")
    @classmethod
    def _metrics_are_of_the_task(cls, evaluation: Evaluation, info: ValidationInfo) -> Evaluation:
        metrics.check_metrics(evaluation.shown_metrics, info.data.get("data", Data()).task)
        return evaluation

    @field_validator("evaluation")
    @classmethod
    def _thresholds_are_chosen_on_validation_rows(cls, evaluation: Evaluation, info: ValidationInfo) -> Evaluation:
        rule, folds = evaluation.threshold, info.data.get("folds", Folds())
        if isinstance(rule, str) and folds.validation_fraction == 0:
            raise ValueError(
                f"threshold '{rule}' is chosen on validation rows: set folds.validation_fraction > 0, or it to 0.5"
            )
        return evaluation

    @field_validator("search")
    @classmethod
    def _trials_are_judged_on_validation_rows(cls, search: Search | None, info: ValidationInfo) -> Search | None:
        if search and info.data.get("folds", Folds()).validation_fraction == 0:
            raise ValueError("has no rows to judge its trials by: set folds.validation_fraction > 0, or it to null")
        return search

    @field_validator("search")
    @classmethod
    def _objective_is_of_the_task(cls, search: Search | None, info: ValidationInfo) -> Search | None:
        try:
            metrics.check_metrics([search.objective.key] if search else [], info.data.get("data", Data()).task)
        except ValueError as error:
            raise ValueError(f"objective: {error}") from None
        return search


SECTIONS: dict[type[Section], Seat] = {
    Model: NETS,
    Loss: LOSSES,
    Callback: CALLBACKS,
    Schedule: SCHEDULES,
    Optimizer: OPTIMIZERS,
    Metric: METRICS,
    Monitor: Monitor.SEAT,
    Objective: Objective.SEAT,
}
"""The sections of a study that choose a file by its name, and have its arguments."""
