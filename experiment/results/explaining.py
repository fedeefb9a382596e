"""Importance of the columns of a finished run, of any number: `python -m experiment.results.explaining RUN/LEARNER`.

As `predict.py`, each framework does it in a process of its own.
"""

import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from configs.errors import StudyError
from configs.files.places import PROJECT
from configs.schema import Study
from datamodules.fold_data import PREDICTED, evaluation_plan
from evaluation.choices.cuts import choose_cuts
from evaluation.importance import importance_metrics
from evaluation.keys import Key
from evaluation.predictions import read_predictions
from experiment.conduct import checked_data
from experiment.nets.importance import THOROUGH, permutation_scores
from experiment.nets.networks import load_networks
from experiment.record.log import tell
from experiment.results.predicting import predictor_of
from experiment.run.exit_codes import DONE, WRONG_STUDY, RunError, code_of, describe
from experiment.run.files.digests import verify
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.locks import locked
from experiment.run.run_directory import RunDirectory
from experiment.training.children import QUIET, interpreter, require
from experiment.training.importance import keep_importance


def explain_run(run: RunDirectory, overrides: Sequence[str] = (), debug: bool = False) -> int:
    """Write `importance.json` of every framework that is trained, each in its own process; the largest exit code.

    It is 128 + n if signal n ended a process.

    Raises RunError if none is trained, or one is not installed.
    """
    study = run.load_study(overrides)
    trained = [name for name in study.frameworks if run.framework(name).fits.is_file()]
    if not trained:
        cure = f"train it first: python scripts/train.py --resume {run.root}"
        raise RunError(WRONG_STUDY, f"{run.root}: has no networks to explain; {cure}")
    for name in trained:
        require(name)
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    environment, words = QUIET | os.environ | {"PYTHONPATH": path}, [*overrides, *["--debug"] * debug]
    launch = ["-P", "-m", "experiment.results.explaining"]
    commands = [[interpreter(name), *launch, str(run.framework(name).root), *words] for name in trained]
    codes = [subprocess.run(command, env=environment, check=False).returncode for command in commands]
    return max(code if code >= 0 else 128 - code for code in codes)


def explain(directory: FrameworkDirectory, overrides: Sequence[str] = ()) -> None:
    """Measure the importance with the networks of `directory`, and write it; imports the framework.

    Raises:
        StudyError: a file is damaged.
        RunError: the framework cannot be imported, or the data has changed since the training.
    """
    run = RunDirectory(directory.root.parent)
    study, networks = run.load_study(overrides), load_networks(directory)
    folds = checked_data(run, study)
    places = {member[:3]: place for place, member in enumerate(folds.members)}
    if not places.keys() >= set(networks.keys):
        raise StudyError([f"{run.folds}: has other folds than {directory.weights}; start a new run"])
    folds = folds.subset([places[key] for key in networks.keys])
    metrics = importance_metrics(folds.table.task, study.evaluation.shown_metrics)
    predictor = predictor_of(networks, 0.0, directory.name)
    cuts = _cuts(study, directory, networks.keys) if networks.task == "binary" else np.zeros(networks.members)
    batch = evaluation_plan(folds, *PREDICTED).batch
    scores = permutation_scores(folds, predictor.row_logits, metrics, cuts, THOROUGH, batch)
    verify(directory, directory.weights)
    keep_importance(study, folds, scores, directory)


def _cuts(study: Study, directory: FrameworkDirectory, keys: Sequence[Key]) -> np.ndarray:
    """Decision threshold of each network, `(members,)` log odds, by the study's rule."""
    validation, settings = read_predictions(directory.validation), study.evaluation
    return choose_cuts(validation, keys, str(settings.threshold), settings.cost_ratio).values


def main() -> int:
    """Explain the learner that the command line names; return the exit code."""
    path, *words = (word for word in sys.argv[1:] if word != "--debug")
    directory = FrameworkDirectory(Path(path))
    try:
        with locked(directory.root):
            explain(directory, words)
    except Exception as error:
        if "--debug" in sys.argv:
            traceback.print_exc()
        tell(f"{directory.name}: {describe(error, resumable=False)}")
        return code_of(error)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
