"""Child process of one framework: read the run, check the net, train it when it is its turn, write the results."""

import shutil
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from configs.errors import show_notices
from configs.learners import in_room
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from experiment.learning_curve.sizes import read_sizes
from experiment.nets.net_check import CheckedNet
from experiment.nets.twins import keep_net_check
from experiment.record.log import kept_in, tell
from experiment.run.exit_codes import DONE, code_of, describe
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.locks import locked
from experiment.run.opening import open_run
from experiment.training.fitting import FitResult
from experiment.training.importance import keep_importance
from experiment.training.interrupts import Interrupted, Interrupts
from experiment.training.launch import imported
from experiment.training.saving import keep_results, keep_weights
from experiment.training.turn import Turn
from experiment.training.workers.part_training import StackFit
from experiment.training.workers.several import ByWorkers, in_turn
from experiment.training.workers.sharing import has_workers, without_device
from experiment.training.workers.worker import Networks, is_worker, run_worker
from experiment.training.workers.workers import workers_of

Check = Callable[[Study, FoldData], CheckedNet[Any]]
Fit = Callable[[Study, FoldData, FrameworkDirectory], FitResult]


def run_child(fit: Callable[..., FitResult], check: Check, fit_part: Callable[..., StackFit]) -> int:
    """Check the net of a run, train it when it is its turn, and return the code to exit with.

    A study with several devices is trained by workers, which this process coordinates: they are processes of this
    function, too, and train with `fit_part`.

    The run is the one that `sys.argv` names, as in `python -m lightning_mods.fit RUN [--debug]`, and its twin, or the
    one that the parent names which has started this process by `experiment.training.launch`.
    """
    imported()
    name, debug = in_room(Path(sys.argv[0]).resolve().parent.name).name, "--debug" in sys.argv
    if is_worker():
        with Interrupts(alone=False) as interrupts:
            return run_worker(name, Networks(check, fit_part, interrupts))
    turn = Turn()
    if (asked := turn.run()) is None:
        return DONE
    root, handed = asked
    try:
        run = open_run(root)
        directory = run.framework(name)
        if not debug:
            show_notices(name)
        # A lock of its own: this process may outlive its parent.
        with locked(directory.root):
            study = run.load_study()
            folds = handed or fold_data(study, run.load_plan())
            checked = check(without_device(study) if has_workers(study) else study, folds)
            keep_net_check(checked.check, directory.net_check)
            if not turn.has_come():
                return DONE
            with (
                kept_in(directory.log),
                workers_of(study, directory, debug) as workers,
                Interrupts(turn.alone) as interrupts,
            ):
                given = {"interrupts": interrupts, "workers": workers}
                if study.search:
                    from experiment.search.conducting import search

                    fit_all = ByWorkers(check, workers, interrupts) if workers else in_turn(partial(fit, **given))
                    return search(fit_all, study, folds, directory)
                if sizes := read_sizes(run):
                    from experiment.learning_curve.conducting import learn

                    return learn(partial(fit, **given), study, folds, directory, sizes)
                return train(partial(fit, checked=checked, **given), study, folds, directory)
    except Interrupted as stopped:
        tell(f"{name}: {stopped}; continue with --resume {root}")
        return stopped.code
    except Exception as error:
        if debug:
            traceback.print_exc()
        tell(f"{name}: {describe(error, resumable=True)}")
        return code_of(error)


def train(fit: Fit, study: Study, folds: FoldData, directory: FrameworkDirectory) -> int:
    """Fit, and write weights, predictions and, last, how the fits went."""
    result = fit(study, folds, directory)
    keep_weights(result, folds, directory)
    if result.importance is not None:
        keep_importance(study, folds, result.importance, directory)
    code = keep_results(result, folds, directory)
    shutil.rmtree(directory.checkpoints, ignore_errors=True)
    return code
