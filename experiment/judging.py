"""From what a framework's child saved to what it is worth: no framework is needed, so it can be done again."""

from typing import Any

from configs.atomic import write_json
from configs.errors import StudyError
from configs.schema import Study
from evaluation.fits import FoldFit, fold_fits
from evaluation.predictions import read_predictions
from evaluation.publish import Finished, publish
from evaluation.summary import summarise
from experiment.graph_file import read_graph
from experiment.history import read_history
from experiment.reading import read_json
from experiment.row_groups import row_dependence
from experiment.run_directory import FrameworkDirectory, RunDirectory

RETRAIN = "train the study again"


def judge(study: Study, directory: FrameworkDirectory) -> dict[str, Any]:
    """The `metrics.json` of one framework; made by `judge_again` unless `judged` has it. Raises StudyError."""
    return judged(study, directory) or judge_again(study, directory)


def judged(study: Study, directory: FrameworkDirectory) -> dict[str, Any]:
    """What `metrics.json` says; empty if it is not there or was judged by another rule. Raises StudyError."""
    if not directory.metrics.is_file():
        return {}
    known = read_metrics(directory)
    asked = {"rule": str(study.evaluation.threshold), "cost_ratio": study.evaluation.cost_ratio}
    thresholds = known["thresholds"]  # {} unless the target is binary: no other has a rule
    return known if not thresholds or asked == {name: thresholds[name] for name in asked} else {}


def read_metrics(directory: FrameworkDirectory) -> dict[str, Any]:
    """What `metrics.json` says. Raises StudyError."""
    cure = f"judge the run again: python scripts/evaluate.py {directory.root.parent}"
    metrics: dict[str, Any] = read_json(directory.metrics, cure, "folds", "failed", "thresholds", "diagnosis")
    return metrics


def check_record(directory: FrameworkDirectory) -> None:
    """Refuse to judge without the record of the epochs. Raises StudyError."""
    if not directory.history.is_file() or not directory.history.stat().st_size:
        cause = "has no record of the epochs, and the learning curves cannot be drawn without it"
        raise StudyError([f"{directory.history}: {cause}; put the file back, or train the study again"])


def check_task(study: Study, task: str) -> None:
    """Refuse a threshold, and what it costs, where no single probability decides. Raises StudyError."""
    if task != "binary" and (settings := study.evaluation.only_of_binary):
        cause = f"is for a binary target, and this one is {task}; leave it at"
        raise StudyError(
            [f"evaluation.{name}: '{value}' {cause} {usual:g}" for name, (value, usual) in settings.items()]
        )


def judge_again(study: Study, directory: FrameworkDirectory) -> dict[str, Any]:
    """Judge the saved predictions anew: event files of all folds, and last `metrics.json`, each in place of the old.

    Raises:
        StudyError: predictions or history are damaged or missing, an older version wrote how the fits went, or the
            study's threshold decides nothing here.
    """
    check_record(directory)
    run, fits = RunDirectory(directory.root.parent), read_json(directory.fits, RETRAIN, "members", "timing")
    if missing := [name for name in FoldFit._fields if name not in fits["members"][0]]:
        cause = f"has no {', '.join(missing)}, because an older twinfold wrote it"
        raise StudyError([f"{directory.fits}: {cause}; {RETRAIN}"])
    predictions, history = read_predictions(directory.predictions), read_history(directory.history)
    check_task(study, predictions.task)
    metrics = summarise(
        predictions,
        validation=read_predictions(directory.validation),
        history=history,
        settings=study.evaluation,
        study=study.name,
        framework=directory.name,
        fits=fold_fits(fits["members"]),
        timing=fits["timing"],
        dependence=row_dependence(run, study),
    )
    if study.output.tensorboard:
        command = run.load_environment()["command"]
        graph = read_graph(directory.graph)
        publish(directory.root, Finished(study, command, predictions, metrics, history, graph))
    write_json(directory.metrics, metrics)
    return metrics
