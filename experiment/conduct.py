"""The story of a run: ask, divide, train in each framework, judge, and say that it is done."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from evaluation.predictions import read_predictions
from evaluation.publish import publish
from evaluation.report import FoldFit, summarise
from experiment.atomic import write_json, write_text
from experiment.backend import run_framework
from experiment.environment import environment
from experiment.exit_codes import DONE, SOME_FOLDS_FAILED, WRONG_STUDY, RunError
from experiment.run_directory import FrameworkDirectory, RunDirectory, create_run


@dataclass
class Outcome:
    """How a run ended: its directory, what each framework reached, and the code to exit with."""

    run: RunDirectory
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    exit_code: int = DONE


def prepare(study: Study, command: list[str]) -> RunDirectory:
    """Make the run directory, with everything in it that both frameworks start from.

    Raises:
        StudyError: the data is wrong or cannot be divided as asked; no directory is made.
        RunError: the directory cannot be made.
    """
    folds = fold_data(study)
    run = create_run(study)
    folds.plan.save(run.folds)
    write_json(run.environment, environment(command, folds.table.digest(), folds.plan.digest()))
    return run


def conduct(run: RunDirectory, debug: bool = False) -> Outcome:
    """Train what is not yet trained, judge it, and mark the run as done.

    A framework that fails does not keep the other from its part; an interruption ends the run at once.

    Raises:
        RunError: another process runs in the directory, or the data is not what the run started with.
    """
    study, outcome = run.load_study(), Outcome(run)
    with run.locked():
        check_data(run, fold_data(study, run.load_plan()))
        for framework in study.frameworks:
            directory = run.framework(framework)
            code = DONE if directory.fits.is_file() else run_framework(framework, run, debug)
            if directory.fits.is_file():
                metrics = judge(study, directory)
                outcome.metrics[framework] = metrics
                code = code or failed_folds(metrics)
            outcome.exit_code = max(outcome.exit_code, code)
            if code > 128:
                return outcome
        if len(outcome.metrics) == len(study.frameworks):
            write_text(run.done, "")
    return outcome


def judge(study: Study, directory: FrameworkDirectory) -> dict[str, Any]:
    """Judge the saved predictions of one framework; write `metrics.json` and the figures of all folds."""
    fits = json.loads(directory.fits.read_text())
    predictions = read_predictions(directory.predictions)
    members = [FoldFit(**{name: member[name] for name in FoldFit._fields}) for member in fits["members"]]
    metrics = summarise(predictions, study=study.name, framework=directory.name, fits=members, timing=fits["timing"])
    write_json(directory.metrics, metrics)
    if study.output.tensorboard:
        publish(directory.root, predictions, metrics)
    return metrics


def failed_folds(metrics: dict[str, Any]) -> int:
    """The exit code for folds whose training never had a finite loss."""
    return SOME_FOLDS_FAILED if any(fold["best_epoch"] < 0 for fold in metrics["folds"]) else DONE


def check_data(run: RunDirectory, folds: FoldData) -> None:
    """Refuse to go on with other data than the run started with. Raises RunError."""
    started = json.loads(run.environment.read_text())["data_sha256"]
    if folds.table.digest() != started:
        raise RunError(WRONG_STUDY, f"{folds.table.name}: is not what {run.root} started with; start a new run")


def describe_place(run: RunDirectory) -> list[str]:
    """Lines that say where to look next."""
    root = Path(run.root)
    return [f"results      {root}", f"TensorBoard  tensorboard --logdir {root}"]
