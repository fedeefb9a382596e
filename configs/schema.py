"""The study: every key with its default, its meaning and its bounds.

A rule between keys is a validator of the later one, which finds the earlier ones in `info.data`; so a problem has a
place, and all problems of a study are shown at once. No net or loss is imported to know its arguments: see `seats.py`.
"""

from typing import Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails

from configs import metrics
from configs.baselines import check_baselines
from configs.callbacks import CALLBACKS, Callback, Callbacks
from configs.learners import Framework, trained_by
from configs.losses import LOSSES, Loss, LossOrName
from configs.machines import Launcher, Ray, Slurm
from configs.nets import NETS
from configs.optimizers import OF_0_1, OPTIMIZERS, slots_of
from configs.schedules import SCHEDULES, Schedule, ScheduleOrName
from configs.search import Search
from configs.seats import Seat
from configs.types import (
    SEEDS,
    ClassWeights,
    ColumnType,
    Count,
    CountOrAuto,
    CountOrNone,
    Delimiter,
    Encoding,
    Fraction,
    Integer,
    Label,
    Labels,
    Nonnegative,
    PathText,
    Positive,
    RunLabel,
    Section,
    Seed,
    Share,
    Text,
    Threshold,
)

MISSING = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "Null", "null", "None", "-", "?")


class Data(Section):
    """Which table is read, and which column is predicted."""

    source: PathText = Field(
        "breast_cancer", description="a bundled data set, or the path of a .csv, .tsv, .parquet or .arrow file"
    )
    target: Label | None = Field(None, description="column to predict; a file needs it, a bundled data set has its own")
    task: Literal["auto", "binary", "multiclass", "regression"] = Field(
        "auto", description="what is predicted; auto looks at the target's values"
    )
    positive: Label | None = Field(
        None, description="label that counts as class 1 of a binary target; null: yes, true, 1, ..., or the rarer one"
    )
    weight: Label | None = Field(
        None, description="column of row weights >= 0, for the training loss alone; no input; null: all rows weigh 1"
    )
    drop: Labels = Field(
        (), description="columns that are left out, unread: no input, no target; one name or a list, like [id, date]"
    )
    columns: dict[Label, ColumnType] = Field(
        default_factory=dict,
        description="types of columns, like {zip: categorical, seen: date, size: [S, M, L]}; others follow the values",
    )
    missing: Labels = Field(MISSING, description="words that stand for a missing value, besides a blank; [] has none")
    encoding: Encoding = Field("utf-8", description="encoding of a text file, such as utf-16, latin-1 or cp1252")
    delimiter: Delimiter = Field("auto", description="what separates the fields of a text file; auto looks at its rows")
    decimal: Literal["auto", ".", ","] = Field(
        "auto", description="decimal mark of a text file; auto looks at its numbers"
    )
    root: PathText = Field("data", description="folder of downloaded data sets")


REPEATED = ("auto", "stratified", "kfold", "stratified_group")
"""Methods that shuffle: each repeat deals the rows anew."""
GROUPED = ("group", "stratified_group")
"""Methods that keep the rows of a group together."""


class Folds(Section):
    """How rows are divided: test rows are cut off first, then folds, then a validation part of each fold's training."""

    method: Literal[
        "auto", "stratified", "kfold", "leave_one_out", "group", "stratified_group", "time_series", "split"
    ] = Field(
        "auto",
        description="how rows are dealt; auto: group or stratified_group where there are groups, else stratified, of a "
        "regression by quantiles of the target; split is one train / validation / test division, a stack of one",
    )
    splits: Integer = Field(10, ge=2, description="number of folds; leave_one_out and split do not read it")
    repeats: Count = Field(1, description="how many times the rows are dealt anew; not by group, in time or one by one")
    test_fraction: Fraction = Field(0.2, description="share of all rows held out of the whole study; 0 is plain k-fold")
    validation_fraction: Fraction = Field(0.15, description="share of a fold's training rows that stops its training")
    group: Label | None = Field(
        None,
        description="column whose equal values stay together, no input; duplicates: rows with equal inputs; null: the "
        "data's own groups",
    )
    seed: Seed | None = Field(None, description="start of the random numbers of the split; null: the study's seed")
    time: Label | None = Field(
        None, description="column by which rows are in time: dates or numbers; null: as they stand in the file"
    )
    gap: Integer = Field(0, ge=0, description="rows left out between training and later rows (time_series)")

    @field_validator("repeats")
    @classmethod
    def _only_shuffled_folds_repeat(cls, repeats: int, info: ValidationInfo) -> int:
        method = info.data.get("method", "auto")
        if repeats > 1 and method not in REPEATED:
            shuffled = f"{', '.join(REPEATED[1:-1])} and {REPEATED[-1]}"
            raise ValueError(f"must be 1 with method '{method}': only {shuffled} deal the rows anew")
        return repeats

    @field_validator("group")
    @classmethod
    def _only_group_keeps_groups(cls, group: str | None, info: ValidationInfo) -> str | None:
        method = info.data.get("method")
        if method not in ("auto", *GROUPED, None) and group is not None:
            raise ValueError(f"must be null, because method '{method}' would separate a group; or set method: group")
        return group

    @field_validator("time")
    @classmethod
    def _only_time_series_are_in_time(cls, time: str | None, info: ValidationInfo) -> str | None:
        method = info.data.get("method", "time_series")
        if time is not None and method != "time_series":
            raise ValueError(f"must be null with method '{method}', which mixes rows; or set method: time_series")
        return time

    @field_validator("gap")
    @classmethod
    def _only_time_has_gaps(cls, gap: int, info: ValidationInfo) -> int:
        method = info.data.get("method", "time_series")
        if gap and method != "time_series":
            raise ValueError(f"must be 0 with method '{method}', which has no order; or set method: time_series")
        return gap


class Inputs(Section):
    """What is done to the input columns, fitted on each fold's own training rows."""

    scale: Literal["standard", "robust", "minmax", "quantile", "robust_clip", "none"] = Field(
        "standard",
        description="of numbers; standard: mean 0, sd 1; robust: median 0, interquartile range 1; minmax: 0 to 1; "
        "quantile: ranks as a normal distribution; robust_clip: as robust, then x / sqrt(1 + (x / 3)^2)",
    )
    infinite: Literal["refuse", "missing"] = Field("refuse", description="what an infinite value is taken for")
    impute: Literal["auto", "median", "mean", "constant", "refuse"] = Field(
        "auto",
        description="what fills a missing number; constant: 0; auto: the median, and an input that is 1 where it was "
        "missing, if the table lacks any; refuse: a table with a missing value is refused",
    )
    categories: Literal["auto", "onehot", "embedding"] = Field(
        "auto",
        description="what words become; onehot: an input for each level; embedding: learned vectors, if the net takes "
        "codes (as mlp does); auto: one-hot up to 9 levels, else an embedding if the net takes codes",
    )
    min_category: Count = Field(
        1, description="a level with fewer training rows in a fold is unknown there, as one that it never saw"
    )
    select: CountOrNone = Field(
        "none", description="keep this many columns of the data, the ones that tell most about the target (F statistic)"
    )
    target: Literal["standard", "log", "quantile"] = Field(
        "standard",
        description="how the target of a regression is learned: standardised; log: log(1 + target), standardised; "
        "quantile: its normal scores; predictions, losses and metrics are in its own units",
    )

    @field_validator("impute", mode="before")
    @classmethod
    def _none_refuses(cls, impute: Any) -> Any:
        """Version 0.1 called it none."""
        return "refuse" if impute == "none" else impute


class Model(Section, extra="allow"):
    """Which network is trained; the further keys are the keyword arguments of its build(...)."""

    net: Text = Field("mlp", description="NAME of lightning_mods/nets/NAME.py and tf_models/nets/NAME.py")

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the checked keyword arguments of `build()`, its defaults filled in."""
        return dict(self.__pydantic_extra__ or {})

    @property
    def drops_units(self) -> bool:
        """Return whether an argument of the net that is called a dropout is above 0, so that training uses it."""
        rates = [value for name, value in self.arguments.items() if "dropout" in name]
        return any(isinstance(rate, int | float) and rate > 0 for rate in rates)

    @field_validator("net")
    @classmethod
    def _net_exists(cls, net: str) -> str:
        NETS.check(net)
        return net

    @model_validator(mode="wrap")
    @classmethod
    def _arguments_fit_the_net(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return NETS.filled(cls, data, handler)


class Optimizer(Section, extra="allow"):
    """How a gradient becomes a step; the further keys are the keyword arguments of its update(...)."""

    name: Text = Field("adam", description="NAME of {lightning_mods,tf_models}/optimizers/NAME.py")
    learning_rate: Positive = Field(1e-3, description="size of the step")
    weight_decay: Nonnegative = Field(0.0, description="pull of the weights towards 0")
    clip_norm: Positive | None = Field(None, description="largest norm of a member's gradient; null does not clip")
    schedule: ScheduleOrName = Field(
        Schedule(), description="a factor of the rate by the step: a name, or {name: cosine, warmup: 0.1}"
    )

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the checked keyword arguments of `update()`, its defaults filled in."""
        return dict(self.__pydantic_extra__ or {})

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


class EarlyStopping(Section):
    """When a fold is finished; its best weights are the ones kept."""

    monitor: Text = Field(
        "loss", description="NAME of evaluation/metrics/NAME.py: of the validation rows, and must improve"
    )
    patience: Count = Field(15, description="epochs without improvement before a fold is finished")
    min_delta: Nonnegative = Field(0.0, description="a smaller improvement does not count")

    @field_validator("monitor")
    @classmethod
    def _monitor_exists(cls, monitor: str) -> str:
        metrics.check_metrics([monitor], "auto")
        return monitor


class Plateau(Section):
    """When a fold's learning rate falls, by what early stopping monitors, or the loss: torch's ReduceLROnPlateau."""

    factor: Share = Field(0.1, description="what the learning rate is multiplied by")
    patience: Integer = Field(
        5, ge=0, description="epochs without improvement that are allowed; one more, and it falls"
    )
    min_delta: Nonnegative = Field(0.0, description="a smaller improvement does not count")
    cooldown: Integer = Field(0, ge=0, description="epochs after a fall that do not count")
    minimum: Nonnegative = Field(0.0, description="smallest learning rate, before the schedule's factor")


class Training(Section):
    """How long, in what batches, in which numbers and on what the stack is trained."""

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
    precision: Literal[32, 64, "bf16", "tf32"] = Field(32, description="bits of a number, or a faster format of a GPU")
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
        """Return the metric that early stopping looks at; without early stopping, the loss."""
        return self.early_stopping.monitor if self.early_stopping else "loss"


class Stack(Section):
    """How many members are trained at once."""

    size: CountOrAuto = Field("auto", description="members at once; auto takes as many as the memory holds")


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


class Output(Section):
    """What is written, and where."""

    root: PathText = Field("runs", description="folder of all runs; a run is ROOT/NAME/TIME, or TIME_LABEL")
    tensorboard: bool = Field(True, strict=True, description="write event files for TensorBoard")
    run: RunLabel | None = Field(None, description="label of the run, which its directory and comparisons are named by")


class Study(Section):
    """One question to one table: everything that a result depends on."""

    name: Text = Field(
        "breast_cancer", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80, description="folder of its runs"
    )
    framework: Framework = Field("both", description="which twin is trained")
    seed: Seed = Field(0, description="start of every random number")
    seeds: Count = Field(
        1, description="how many train on each fold: seed, seed + 1, ... of initial weights, order of rows and dropout"
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
            raise ValueError(f"early_stopping.monitor: {error}") from None
        return training

    @field_validator("evaluation")
    @classmethod
    def _metrics_are_of_the_task(cls, evaluation: Evaluation, info: ValidationInfo) -> Evaluation:
        metrics.check_metrics(evaluation.metrics, info.data.get("data", Data()).task)
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
            metrics.check_metrics([search.objective] if search else [], info.data.get("data", Data()).task)
        except ValueError as error:
            raise ValueError(f"objective: {error}") from None
        return search


SECTIONS: dict[type[Section], Seat] = {
    Model: NETS,
    Loss: LOSSES,
    Callback: CALLBACKS,
    Schedule: SCHEDULES,
    Optimizer: OPTIMIZERS,
}
"""The sections of a study that choose a file by its name, and have its arguments."""
