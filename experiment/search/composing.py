"""Result of a search as that of a run: for each member, the predictions of the trial that has won it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.member import Member
from configs.schema import Study
from configs.search.space import study_at
from datamodules.fold_data import FoldData, training_plan
from evaluation.predictions import parse_predictions
from evaluation.search.trial import Trial
from experiment.record.history import lines_of, read_history, write_history
from experiment.run.files.digests import verified
from experiment.run.files.reading import read_json
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search.trials_file import CURE, trial_directory, trials_file
from experiment.training.fitting import FitResult
from experiment.training.saving import keep_results
from experiment.training.session import predicted_rows


@dataclass(frozen=True)
class Search:
    """A finished search: its study and data, every trial by number, and the winner of each member, if it has one."""

    study: Study
    folds: FoldData
    trials: Mapping[int, Trial]
    winners: Sequence[int | None]


def compose(search: Search, directory: FrameworkDirectory) -> int:
    """Write predictions, record of the epochs and, last, `fits.json`, each member's from its winning trial.

    A member that no trial has won has failed. Returns the exit code for those that have.

    Raises:
        StudyError: a file of a winning trial is damaged or gone.
    """
    labelled = tuple(
        member._replace(trial=-1 if number is None else number)
        for member, number in zip(search.folds.members, search.winners, strict=True)
    )
    folds = replace(search.folds, plan=replace(search.folds.plan, members=labelled))
    numbers = sorted({number for number in search.winners if number is not None})
    kept = {number: _Kept(directory, number) for number in numbers}
    write_history(directory.history, [line for own in kept.values() for line in lines_of(own.history, labelled)])
    devices = [own.device for own in kept.values()]
    return keep_results(_result(search, folds, kept, [*devices, "CPU"][0]), folds, directory)


def _result(search: Search, folds: FoldData, kept: "Mapping[int, _Kept]", device: str) -> FitResult:
    rows = predicted_rows(folds)
    logits, ends = [], []
    for place, (member, number) in enumerate(zip(folds.members, search.winners, strict=True)):
        if number is None:
            logits.append(np.full((len(rows[place]), folds.table.outputs), np.nan, np.float32))
            ends.append((-1, 0))
            continue
        trial = search.trials[number]
        index = trial.members.index(place)
        logits.append(kept[number].logits(member))
        ends.append((trial.best_epoch[index], trial.epochs[index]))
    best, epochs = np.array(ends, np.int64).T
    return FitResult({}, logits, best, epochs, _timing(search, device))


class _Kept:
    """Files of a winning trial; its predictions are verified by their digests."""

    def __init__(self, directory: FrameworkDirectory, number: int) -> None:
        own = trial_directory(directory, number)
        try:
            self.device: str = read_json(own.fits, CURE, "timing")["timing"]["device"]
            self.history = read_history(own.history)
            files = (own.predictions, own.validation)
            self.parts = [parse_predictions(verified(path, own), path, CURE) for path in files]
        except StudyError as error:
            cause, record = error.problems[0].partition("; ")[0], trials_file(directory)
            cure = f"remove the line of trial {number} from {record} and resume: it is trained again"
            raise StudyError([f"{cause}; {cure}"]) from error

    def logits(self, member: Member) -> NDArray[np.float32]:
        """Those of the predicted rows of a member, ascending: `(rows, outputs)`."""
        own = [part.of_member(member.seed, member.repeat, member.fold) for part in self.parts]
        order = np.argsort(np.concatenate([part.row for part in own]))
        found: NDArray[np.float32] = np.concatenate([part.logits for part in own])[order]
        return found


def _timing(search: Search, device: str) -> dict[str, Any]:
    """Work of all trials together, as `FitResult.timing`."""
    trained = [trial for trial in search.trials.values() if max(trial.epochs)]
    trainings = [study_at(search.study, trial.values).training for trial in trained]
    steps = {one.batch_size: training_plan(search.folds, one).steps for one in trainings}
    pairs = zip(trained, trainings, strict=True)
    return {
        "fit_seconds": round(sum(trial.seconds for trial in trained), 3),
        "optimizer_steps": sum(steps[one.batch_size] * max(trial.epochs) for trial, one in pairs),
        "members": sum(len(trial.members) for trial in trained),
        "device": device,
    }
