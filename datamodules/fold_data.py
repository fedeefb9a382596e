"""Training data of a stack: one table, the fold plan, and the input statistics of each member."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.member import Member
from configs.schema import Study
from configs.search.space import base_of, dimensions, searched, study_at
from configs.seats.metrics import check_metrics
from configs.sections.training import Training
from datamodules.batches import Chunk, epoch_chunks, evaluation_chunks, num_steps
from datamodules.checks.values import check_table
from datamodules.folds.method import DUPLICATES, duplicate_groups
from datamodules.folds.plan import FoldPlan, Role, plan_folds
from datamodules.inputs.applying import finite
from datamodules.inputs.net_inputs import embeds
from datamodules.inputs.statistics import FoldStatistics, check_selection, fit_statistics
from datamodules.inputs.targets import check_target
from datamodules.table import Table
from datamodules.weights import check_weights, row_weights, weighted_rows

PREDICTED = (Role.validation, Role.scored, Role.test)
"""Roles that are predicted; validation rows too, since thresholds and temperatures are chosen on them."""
GATHERED_BYTES = 16 << 20
"""Bytes gathered from the table at once; a layer's activations can be a few times as many."""


@dataclass(frozen=True)
class FoldData:
    """The table, held once, and for each member its roles and statistics; a fold is indices, never a copy.

    Attributes:
        table: what all members share.
        plan: the roles of its rows.
        statistics: input and target statistics of each member.
        trials: the study of each trial number, where several train as one stack; else all members have one study.
    """

    table: Table
    plan: FoldPlan
    statistics: FoldStatistics
    trials: Mapping[int, Study] = field(default_factory=dict)

    @property
    def members(self) -> tuple[Member, ...]:
        """Keys of the members, in the order of the leading axis."""
        return self.plan.members

    def rows(self, *roles: Role) -> list[NDArray[np.int32]]:
        """Ascending rows of each member that have one of `roles`."""
        chosen = np.zeros(len(Role), np.bool_)
        chosen[list(roles)] = True
        return [np.flatnonzero(chosen[row_roles]).astype(np.int32) for row_roles in self.plan.roles]

    def subset(self, indices: Sequence[int]) -> "FoldData":
        """The members at `indices`, in that order."""
        return FoldData(self.table, self.plan.subset(indices), self.statistics.subset(indices), self.trials)

    def parts(self, size: int) -> Iterator["FoldData"]:
        """Consecutive stacks of at most `size` members."""
        for start in range(0, len(self.members), size):
            yield self.subset(range(start, min(start + size, len(self.members))))


def fold_data(
    study: Study, plan: FoldPlan | None = None, table: Table | None = None, statistics: FoldStatistics | None = None
) -> FoldData:
    """Read the table of `study`, plan its folds, and fit each member's statistics; or take those that are given.

    Raises:
        StudyError: the data is wrong, cannot be split as the study requires, or does not match `plan`.
    """
    table = table or grouped_table(study)
    if study.inputs.infinite == "missing":
        table = replace(table, features=finite(table.features))
    check_table(table, study.inputs.impute)
    check_monitor(study, table)
    check_loss(study, table)
    check_threshold(study, table)
    check_task_metrics(study, table)
    check_target(table, study.inputs.target)
    check_search(study, table)
    plan = plan or plan_folds(table, study.folds, study.seed, study.seeds)
    if plan.roles.shape[1] != table.rows:
        raise StudyError([f"{table.name}: has {table.rows} rows, the fold plan {plan.roles.shape[1]}; start a new run"])
    check_weights(table, plan, study.training)
    if statistics is not None:
        return FoldData(table, plan, statistics)
    once, of_member = plan.distinct()
    statistics = fit_statistics(table, plan.subset(once), study.inputs, embeds(study))
    return FoldData(table, plan, statistics if len(once) == len(of_member) else statistics.subset(of_member))


def grouped_table(study: Study) -> Table:
    """The study's table, with its groups; `folds.group: duplicates` makes rows with equal inputs a group.

    Raises:
        StudyError: the data is wrong, or has groups of its own besides those.
    """
    from datamodules.reading.loading import load_table  # polars: who is handed a table does not wait for it

    if study.folds.group != DUPLICATES:
        return load_table(study.data, study.folds.group)
    table = load_table(study.data)
    if table.groups is not None:
        raise StudyError([f"folds.group: {table.name} has its own groups; drop the key, received '{DUPLICATES}'"])
    return replace(table, groups=duplicate_groups(table))


def check_search(study: Study, table: Table) -> None:
    """Refuse a search among whose values one is not for this table: a loss, a metric, a number of columns.

    Raises:
        StudyError: a line for each of them.
    """
    problems = []
    for one in dimensions(study) if study.search else ():
        for value in (one.axis.low, one.axis.high) if one.axis.choices is None else one.axis.choices:
            trial = study_at(study, base_of(study, searched(study).space, one.key) | {one.key: value})
            try:
                check_monitor(trial, table)
                check_loss(trial, table)
                check_target(table, trial.inputs.target)
                check_selection(table, trial.inputs)
            except StudyError as error:
                told = str(error).removeprefix(f"{one.key}: ")
                problems.append(f"search.space.{one.key}: {told}")
    if problems:
        raise StudyError(problems)


def check_monitor(study: Study, table: Table) -> None:
    """Reject a monitored metric, or a search's objective, that the table's task does not have. Raises StudyError."""
    chosen = {"training.early_stopping.monitor": study.training.monitor}
    chosen |= {"search.objective": study.search.objective.key} if study.search else {}
    for place, metric in chosen.items():
        try:
            check_metrics([metric], table.task)
        except ValueError as error:
            raise StudyError([f"{place}: {error} ('{table.target}' of {table.name})"]) from None


def check_loss(study: Study, table: Table) -> None:
    """Refuse a training loss that is not made for the table's task. Raises StudyError."""
    try:
        study.training.loss.check_task(table.task)
    except ValueError as error:
        place = f"'{table.target}' of {table.name} is a {table.task} target"
        raise StudyError([f"training.loss: {place}; {error}"]) from None


def check_threshold(study: Study, table: Table) -> None:
    """Reject a threshold rule, and its cost ratio, for a task that is not binary. Raises StudyError."""
    if table.task != "binary" and (settings := study.evaluation.only_of_binary):
        place = f"'{table.target}' of {table.name} is a {table.task} target"
        cure = "only a binary one is decided by a threshold, so leave it at"
        raise StudyError([f"evaluation.{name}: {place}; {cure} {usual:g}" for name, (_, usual) in settings.items()])


def check_task_metrics(study: Study, table: Table) -> None:
    """Refuse to show a metric that the table's task does not have. Raises StudyError."""
    try:
        check_metrics(study.evaluation.shown_metrics, table.task)
    except ValueError as error:
        raise StudyError([f"evaluation.metrics: {error} ('{table.target}' of {table.name})"]) from error


@dataclass(frozen=True)
class TrainingPlan:
    """The chunks of every epoch of a stack, a function of the members' keys and the epoch alone.

    Attributes:
        train_rows: of each member, int32 `(rows of the member,)`.
        weights: see `weights.row_weights`.
        classes: class indices, if rows are drawn by class, see `batches.epoch_chunks`.
    """

    train_rows: Sequence[NDArray[np.int32]]
    members: Sequence[Member]
    batch_size: int
    steps_per_chunk: int
    weights: NDArray[np.float32] | None = None
    classes: NDArray[np.int32] | None = None

    @property
    def steps(self) -> int:
        """Optimizer steps of an epoch: those of the member with the most rows."""
        return num_steps(self.train_rows, self.batch_size)

    @property
    def own_steps(self) -> NDArray[np.int64]:
        """Optimizer steps of an epoch that each member takes, `(members,)`."""
        return np.array([num_steps([rows], self.batch_size) for rows in self.train_rows], np.int64)

    @property
    def chunks(self) -> int:
        """Chunks of an epoch."""
        return -(-self.steps // self.steps_per_chunk)

    def epoch(self, epoch: int) -> Iterator[Chunk]:
        """The chunks of one epoch, in order."""
        sizes = self.batch_size, self.steps_per_chunk
        return epoch_chunks(self.train_rows, self.members, epoch, *sizes, self.weights, self.classes)


def training_plan(folds: FoldData, training: Training) -> TrainingPlan:
    """Plan the training rows of `folds`, how much they weigh, and the chunks, which are equal.

    A batch is at most the largest member's number of training rows: a larger one would only add padding.
    """
    table, rows = folds.table, weighted_rows(folds.table, folds.rows(Role.train))
    width = folds.statistics.width
    batch_size = max(1, min(training.batch_size, max(map(len, rows))))
    steps, asked = num_steps(rows, batch_size), training.steps_per_execution
    steps_per_chunk = min(asked, steps) if isinstance(asked, int) else _fewest(width, len(rows), batch_size, steps)
    weights = row_weights(table, rows, training.class_weights)
    classes = table.targets.astype(np.int32) if training.sampling == "balanced" else None
    return TrainingPlan(rows, folds.members, batch_size, steps_per_chunk, weights, classes)


def _fewest(width: int, members: int, batch_size: int, steps: int) -> int:
    """Steps of each of the fewest equal chunks of at most 16 MiB of rows of `width` inputs."""
    step_bytes = members * batch_size * (width + 4) * 4
    chunks = -(-steps // max(1, GATHERED_BYTES // step_bytes))
    return -(-steps // chunks)


@dataclass(frozen=True)
class EvaluationPlan:
    """Every row of some roles of every member once, in batches of one size."""

    rows: Sequence[NDArray[np.int32]]
    batch: int

    @property
    def chunks(self) -> int:
        """Number of batches."""
        return num_steps(self.rows, self.batch)

    def __iter__(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
        """Rows and weights, both `(members, batch)`, in ascending order of rows."""
        return evaluation_chunks(self.rows, self.batch)


def evaluation_plan(folds: FoldData, *roles: Role) -> EvaluationPlan:
    """The rows of `roles`; a batch has all of a member's rows, up to 16 MiB of gathered features."""
    rows = folds.rows(*roles)
    most = GATHERED_BYTES // (len(rows) * folds.statistics.width * 4)
    return EvaluationPlan(rows, max(1, min(most, max(map(len, rows)))))
