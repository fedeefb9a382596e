"""keras-tuner's `RandomSearch` over the space of a study: every trial trains its folds one after the other by `fit`."""

import tempfile
import time
from typing import Any

import keras_tuner
import numpy as np
from sklearn.metrics import log_loss

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.peers.keras_fit import fit
from benchmarks.cases.peers.solo import solo_folds
from configs.schema import Study
from configs.search.space import dimensions, study_at
from datamodules.fold_data import fold_data
from experiment.search.oracles.encoding import decoded, specification
from experiment.search.oracles.tuner_oracles import hyperparameters

STEPS_PER_EXECUTION = 16
"""The fastest setting for this study, by `benchmarks.peers`."""


class FoldSearch(keras_tuner.RandomSearch):
    """A trial is the mean validation loss of its folds, which keras-tuner has no option for."""

    def __init__(self, study: Study, members: list[int] | None, **arguments: Any) -> None:
        """The folds are prepared before the search starts."""
        self.study, self.searched = study, dimensions(study)
        self.solo = solo_folds(study, fold_data(study), members)
        super().__init__(hyperparameters=hyperparameters(specification(self.searched)), **arguments)

    def run_trial(self, trial: Any, *words: Any, **more: Any) -> float:
        """Mean over the folds of the loss on their validation rows."""
        values = decoded(self.searched, trial.hyperparameters.values)
        study, losses = study_at(self.study, values), []
        for fold in self.solo:
            logits = fit(study, fold, STEPS_PER_EXECUTION)(fold.features[fold.validation])
            losses.append(log_loss(fold.targets[fold.validation], 1.0 / (1.0 + np.exp(-logits)), labels=[0, 1]))
        return float(np.mean(losses))


def searched(study: Study, members: list[int] | None, trials: int) -> dict[str, Any]:
    """Seconds of the search, and the losses of its trials."""
    with tempfile.TemporaryDirectory() as folder:
        tuner = FoldSearch(study, members, max_trials=trials, seed=study.seed + 1, directory=folder)
        started = time.perf_counter()
        tuner.search(verbose=0)
        taken = time.perf_counter() - started
    return {"seconds": taken, "losses": [trial.score for trial in tuner.oracle.trials.values()]}


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--trials", type=int, default=2, help="trials of the search")
    arguments = parser.parse_args()
    emit(searched(case_study(arguments.overrides), arguments.folds, arguments.trials))
