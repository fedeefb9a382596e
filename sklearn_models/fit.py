"""Train a study's baselines with scikit-learn: `python -m sklearn_models.fit RUN`."""

import os
import sys
import time
import traceback
import warnings
from importlib import import_module

# The cores are the networks'. A thread that waits busily for one that another process holds takes ten times as long.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}

import numpy as np
from numpy.typing import NDArray

from configs.seats.baselines import BASELINES
from datamodules.fold_data import PREDICTED, FoldData, fold_data
from datamodules.folds.plan import Role
from datamodules.inputs.applying import apply, onehot
from datamodules.inputs.target_units import goals, in_target_units
from evaluation.judging.probabilities import logits_of
from experiment.nets.net_errors import explained
from experiment.record.log import kept_in, log, tell
from experiment.run.exit_codes import DONE, code_of, describe
from experiment.run.opening import open_run
from experiment.training.fitting import FitResult
from experiment.training.saving import keep_results
from experiment.training.turn import Turn


def fit_baseline(name: str, folds: FoldData) -> FitResult:
    """Fit one estimator for each member on its training rows, and predict its `PREDICTED` rows.

    A member whose estimator fails is a failed fold: its predictions are nan, and the log has the cause.
    """
    build, started, logits = import_module(f"{__package__}.baselines.{name}").build, time.perf_counter(), []
    table, statistics = folds.table, folds.statistics
    targets = goals(table.targets, statistics) if table.task == "regression" else [table.targets] * len(folds.members)
    parts = zip(folds.rows(Role.train), folds.rows(*PREDICTED), strict=True)
    for member, (key, rows) in enumerate(zip(folds.members, parts, strict=True)):
        inputs = (apply(table.features[part], statistics, member) for part in rows)
        train, predicted = (onehot(part, statistics.encoding) for part in inputs)
        try:
            with explained(BASELINES, name, name):
                estimator = build(table.task, key.seed)
                estimator.fit(train, targets[member][rows[0]])
                found = _logits(estimator, predicted, folds).astype(np.float64)
                logits.append(in_target_units(found[None], statistics.subset([member]))[0].astype(np.float32))
        except ValueError as error:
            log.info(f"{name}, fold {key.fold}: {error}")
            logits.append(np.full((len(rows[1]), table.outputs), np.nan, np.float32))
    broken = np.array([not np.isfinite(one).all() for one in logits])
    epoch = np.where(broken, -1, 0)
    timing = {
        "fit_seconds": round(time.perf_counter() - started, 3),
        "optimizer_steps": 0,
        "members": len(folds.members),
        "device": "CPU",
    }
    return FitResult({}, logits, epoch, np.zeros(len(epoch), np.int64), timing)


def _logits(estimator: object, inputs: NDArray[np.float64], folds: FoldData) -> NDArray[np.float32]:
    """Log odds of the positive class, log probabilities of several, or standardised values: `(rows, outputs)`."""
    if folds.table.task == "regression":
        return logits_of(np.asarray(estimator.predict(inputs))[:, None], folds.table.task)  # type: ignore[attr-defined]
    chances = np.zeros((len(inputs), len(folds.table.classes)))
    chances[:, estimator.classes_] = estimator.predict_proba(inputs)  # type: ignore[attr-defined]
    return logits_of(chances[:, 1:] if folds.table.task == "binary" else chances, folds.table.task)


def main() -> int:
    """Train every baseline of the run that has no results yet; return the exit code."""
    turn, debug = Turn(), "--debug" in sys.argv
    if (asked := turn.run()) is None:
        return DONE
    root, handed = asked
    try:
        run = open_run(root)
        study = run.load_study()
        folds = handed or fold_data(study, run.load_plan())
        warnings.filterwarnings("ignore", module="sklearn")  # of convergence: a baseline is not tuned
        for name in study.baselines:
            directory = run.framework(name)
            if not directory.fits.is_file():
                with kept_in(directory.log):
                    keep_results(fit_baseline(name, folds), folds, directory)
    except Exception as error:
        if debug:
            traceback.print_exc()
        tell(f"baselines: {describe(error, resumable=True)}")
        return code_of(error)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
