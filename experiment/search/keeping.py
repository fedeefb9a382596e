"""Files of the winning trials: written when a trial takes the lead, and removed when it has lost it."""

import shutil
from collections.abc import Collection, Iterable

from configs.files.real_files import make_folder
from experiment.record.history import write_history
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search.stacks import Trained
from experiment.search.trials_file import trial_directory
from experiment.training.saving import keep_results, keep_weights


def keep(trained: Iterable[Trained], directory: FrameworkDirectory) -> None:
    """Write weights, record of the epochs, predictions and, last, `fits.json` of each trial. Raises OSError."""
    for one in trained:
        own = trial_directory(directory, one.candidate.setting.number)
        make_folder(own.root, parents=True)
        write_history(own.history, one.history)
        keep_weights(one.result, one.folds, own)
        keep_results(one.result, one.folds, own)


def prune(directory: FrameworkDirectory, winners: Collection[int]) -> None:
    """Remove the files of all trials but the `winners`."""
    kept = {trial_directory(directory, number).root for number in winners}
    for place in (directory.root / "trials").glob("*"):
        if place not in kept:
            shutil.rmtree(place)
