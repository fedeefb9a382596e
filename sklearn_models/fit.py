"""Train a study's baselines with scikit-learn: `python -m sklearn_models.fit RUN`."""

import os
import sys
import traceback
import warnings

# The cores are the networks'. A thread that waits busily for one that another process holds takes ten times as long.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}

from configs.learners import BASELINES
from configs.types import ClassWeights
from datamodules.fold_data import FoldData, fold_data
from experiment.record.log import kept_in, log, tell
from experiment.run.exit_codes import DONE, code_of, describe
from experiment.run.opening import open_run
from experiment.training.fitting import FitResult, joined
from experiment.training.launch import imported
from experiment.training.saving import keep_results
from experiment.training.turn import Turn
from experiment.training.workers.worker import is_worker, run_worker
from experiment.training.workers.workers import processes_of
from sklearn_models.fitting import fit_members
from sklearn_models.parts import state_of, train_all, train_part, with_note


def fit_baseline(name: str, folds: FoldData, classes: ClassWeights = "none") -> FitResult:
    """Fit the baseline `name` for each member, as `fit_members` does.

    A member whose estimator fails is a failed fold: its predictions are nan, and the log has the cause.
    """
    fitted = fit_members(name, folds, classes)
    for line in fitted.causes:
        log.info(line)
    return with_note(joined([state_of(fitted)], len(folds.members)), fitted.unweighted)


def main() -> int:
    """Train every baseline of the run that has no results yet; return the exit code."""
    imported()
    warnings.filterwarnings("ignore", module="sklearn")  # of convergence: a baseline is not tuned
    if is_worker():
        return run_worker(BASELINES.name, train_part)
    turn, debug = Turn(), "--debug" in sys.argv
    if (asked := turn.run()) is None:
        return DONE
    root, handed = asked
    try:
        run = open_run(root)
        study = run.load_study()
        folds = handed or fold_data(study, run.load_plan())
        directories = [run.framework(name) for name in study.baselines]
        missing = [directory for directory in directories if not directory.fits.is_file()]
        with processes_of(study, BASELINES.name, debug) as pool:
            if pool:
                train_all(study, folds, missing, pool)
                return DONE
            for directory in missing:
                with kept_in(directory.log):
                    result = fit_baseline(directory.name, folds, study.training.class_weights)
                    keep_results(result, folds, directory)
    except Exception as error:
        if debug:
            traceback.print_exc()
        tell(f"baselines: {describe(error, resumable=True)}")
        return code_of(error)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
