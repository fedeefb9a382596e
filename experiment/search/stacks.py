"""Stacks of a search: trials that may share one train together, and each trial gets its part of the result."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from configs.files.real_files import make_folder
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from datamodules.inputs.net_inputs import embeds
from datamodules.inputs.statistics import FoldStatistics
from experiment.record.history import Line, lines_of, read_history
from experiment.rules.trials import may_share_stack, with_trials
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search.rounds import Setting
from experiment.training.fitting import FitResult
from experiment.training.workers.several import Stack


class Candidate(NamedTuple):
    """A setting, and its study, which is valid."""

    setting: Setting
    study: Study


class Trained(NamedTuple):
    """A trial after its training: the result, the members, and the record of the epochs of its part of the stack."""

    candidate: Candidate
    result: FitResult
    folds: FoldData
    history: list[Line]
    seconds: float


def grouped(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates of each stack, in their order."""
    groups: list[list[Candidate]] = []
    for one in candidates:
        group = next((group for group in groups if may_share_stack(group[0].study, one.study)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


class Data:
    """The data of every stack: one table and one plan, and statistics for each way of treating the inputs."""

    def __init__(self, study: Study, folds: FoldData) -> None:
        """`folds` are those of `study`."""
        self.folds = folds
        self.statistics: dict[tuple[str, bool], FoldStatistics] = {_inputs(study): folds.statistics}

    def of(self, study: Study) -> FoldData:
        """All members, as `study` treats their inputs. Raises StudyError if the table does not fit the study."""
        known = self.statistics.get(_inputs(study))
        found = fold_data(study, self.folds.plan, self.folds.table, known)
        self.statistics[_inputs(study)] = found.statistics
        return found


def _inputs(study: Study) -> tuple[str, bool]:
    return study.inputs.model_dump_json(), embeds(study)


def stack_directory(directory: FrameworkDirectory, group: Sequence[Candidate]) -> FrameworkDirectory:
    """Where a stack trains: named by its first trial and their number, so that another stack has another place."""
    name = f"{group[0].setting.number:04d}_{len(group)}"
    return FrameworkDirectory(directory.root / "groups" / name / directory.name)


def stack_of(group: Sequence[Candidate], data: Data, directory: FrameworkDirectory) -> Stack:
    """The candidates of a `group` as one stack. Raises StudyError if the table does not fit their studies, OSError."""
    first = _quiet(group[0].study)
    studies = {one.setting.number: _quiet(one.study) for one in group}
    folds = with_trials(data.of(first), studies, {one.setting.number: one.setting.members for one in group})
    place = stack_directory(directory, group)
    make_folder(place.root, parents=True)
    return Stack(first, folds, place)


def divided(stack: Stack, result: FitResult, group: Sequence[Candidate]) -> Iterator[Trained]:
    """The part of each candidate of a `group` in the `result` of its stack."""
    lines, whole = read_history(stack.directory.history), max(1, int(result.epochs.sum()))
    trials = np.array([member.trial for member in stack.folds.members])
    for one in group:
        number = one.setting.number
        indices = np.flatnonzero(trials == number).tolist()
        part, own = result.subset(indices), stack.folds.subset(indices)
        seconds = result.timing["fit_seconds"] * int(part.epochs.sum()) / whole
        own = replace(own, trials={number: own.trials[number]})
        yield Trained(one, part, own, lines_of(lines, own.members), round(seconds, 3))


def _quiet(study: Study) -> Study:
    """The study without event files: a search has none for its trials."""
    return study.model_copy(update={"output": study.output.model_copy(update={"tensorboard": False})})
