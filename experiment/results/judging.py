"""Evaluation of a framework's saved predictions to `metrics.json`; framework-free, so it can be repeated."""

from collections.abc import Mapping
from typing import Any

from configs.errors import StudyError
from configs.files.atomic import write_json
from configs.learners import is_network
from configs.schema import Study
from configs.seats.metrics import check_metrics
from configs.trained_with import shifted_by, trained_with
from datamodules.checks.hints import WARNING
from evaluation.fits import FoldFit, fold_fits
from evaluation.summary import summarise
from experiment.record.graph_file import read_graph
from experiment.results.hints import read_hints, warnings_of
from experiment.results.row_groups import row_dependence
from experiment.results.saved import SavedResults
from experiment.rules.chosen_files import check_metric_files
from experiment.run.files.digests import retrain, verify
from experiment.run.files.reading import read_json, sealed, trusting
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory
from reporting.publish import Finished, publish
from reporting.tables.table import comparison_table


def judge(study: Study, directory: FrameworkDirectory, saved: SavedResults | None = None) -> dict[str, Any]:
    """The `metrics.json` of one framework; made by `judge_again` unless `judged` has it. Raises StudyError."""
    verify(directory)
    return judged(study, directory) or judge_again(study, directory, saved)


def judged(study: Study, directory: FrameworkDirectory) -> dict[str, Any]:
    """Read `metrics.json`; empty if it is missing, or of another rule, training or list of metrics.

    Raises StudyError.
    """
    if not directory.metrics.is_file():
        return {}
    if _is_stale(known := _metrics(directory), directory):
        return {}
    with trusting(directory.metrics, rejudge(directory)):
        comparison_table({directory.name: known})
        asked_before = [known["thresholds"][name] for name in ("rule", "cost_ratio") if known["thresholds"]]
    asked = {"rule": str(study.evaluation.threshold), "cost_ratio": study.evaluation.cost_ratio}
    if known.get("shown_metrics", []) != list(study.evaluation.shown_metrics):
        return {}
    return known if not asked_before or asked_before == [*asked.values()] else {}


def read_metrics(directory: FrameworkDirectory) -> dict[str, Any]:
    """Read `metrics.json`. Raises StudyError, also if it is of another training than the files beside it."""
    metrics = _metrics(directory)
    if _is_stale(metrics, directory):
        raise StudyError([f"{directory.metrics}: is of another training than fits.json; {rejudge(directory)}"])
    return metrics


def _metrics(directory: FrameworkDirectory) -> dict[str, Any]:
    cure = rejudge(directory)
    metrics: dict[str, Any] = read_json(directory.metrics, cure, "folds", "failed", "thresholds", "diagnosis")
    return metrics


def _is_stale(metrics: Mapping[str, Any], directory: FrameworkDirectory) -> bool:
    """Whether `metrics` belong to another training than `fits.json`, where both have its digest."""
    fits = read_json(directory.fits, retrain(directory), "members") if directory.fits.is_file() else {}
    return "digest" in fits and metrics.get("fits_digest", fits["digest"]) != fits["digest"]


def rejudge(directory: FrameworkDirectory) -> str:
    """The cure for lost results of predictions: re-evaluate."""
    return f"re-evaluate the run: python scripts/evaluate.py {directory.root.parent}"


def read_fits(directory: FrameworkDirectory) -> dict[str, Any]:
    """Read `fits.json`. Raises StudyError, also for that of an older version."""
    cure = retrain(directory)
    fits: dict[str, Any] = read_json(directory.fits, cure, "members", "timing")
    with trusting(directory.fits, cure):
        if missing := [name for name in FoldFit._fields if name not in fits["members"][0]]:
            cause = f"has no {', '.join(missing)}, because an older twinfold wrote it"
            raise StudyError([f"{directory.fits}: {cause}; {cure}"])
        fold_fits(fits["members"])
    return fits


def check_record(directory: FrameworkDirectory) -> None:
    """Reject an evaluation without the record of the epochs, which only networks have. Raises StudyError."""
    if not is_network(directory.name):
        return
    if not directory.history.is_file() or not directory.history.stat().st_size:
        cause = "has no record of the epochs, and the training curves cannot be drawn without it"
        raise StudyError([f"{directory.history}: {cause}; put the file back, or train the study again"])


def check_task(study: Study, task: str) -> None:
    """Reject a threshold rule, and its cost ratio, for a task that is not binary, and metrics of another task.

    Raises StudyError.
    """
    if task != "binary" and (settings := study.evaluation.only_of_binary):
        cause = f"is for a binary target, and this one is {task}; leave it at"
        raise StudyError(
            [f"evaluation.{name}: '{value}' {cause} {usual:g}" for name, (value, usual) in settings.items()]
        )
    try:
        check_metrics(study.evaluation.shown_metrics, task)
    except ValueError as error:
        raise StudyError([f"evaluation.metrics: {error}"]) from error


def search_warnings(study: Study) -> list[str]:
    """That scores are optimistic, where the rows that score a setting have helped to choose it."""
    if study.search is None or study.search.selection != "plain" or study.folds.method == "split":
        return []
    cause = "all folds together chose the setting, with the rows that score it (search.selection: plain)"
    return [f"out-of-fold scores are optimistic: {cause}; nested selection or a held-out test set is not"]


def judge_again(study: Study, directory: FrameworkDirectory, saved: SavedResults | None = None) -> dict[str, Any]:
    """Re-evaluate the saved predictions: replace the event files of all folds and, last, `metrics.json`.

    Only networks have event files and a record of epochs. `saved` are the files of `directory` that have been read, and
    the figures that have been drawn; those that are read and drawn here are added.

    Raises:
        StudyError: predictions or history are damaged or missing, `fits.json` is of an older version, or the study's
            threshold rule or one of its metrics does not fit the task.
    """
    of_network = is_network(directory.name)
    check_record(directory)
    verify(directory)
    run, fits, saved = RunDirectory(directory.root.parent), read_fits(directory), saved or SavedResults(directory)
    predictions = saved.predictions
    check_task(study, predictions.task)
    outputs = predictions.logits.shape[1]
    check_metric_files(study.evaluation.shown_metrics, predictions.target, predictions.task, outputs)
    doubts = [line.removeprefix(WARNING) for line in warnings_of(read_hints(run))]
    metrics = summarise(
        predictions,
        validation=saved.validation,
        history=saved.history,
        settings=study.evaluation,
        study=study.name,
        framework=directory.name,
        fits=fold_fits(fits["members"]),
        timing=fits["timing"],
        dependence=row_dependence(run, study),
        trained_with=trained_with(study, predictions.task) if of_network else "",
        shifted_by=shifted_by(study, predictions.task) if of_network else "",
        warnings=[*(search_warnings(study) if of_network else []), *doubts],
    )
    metrics = sealed(metrics | {"fits_digest": fits.get("digest")})
    if study.output.tensorboard and of_network:
        command = run.load_environment()["command"]
        publish(directory.root, Finished(study, command, saved.part(metrics, study), read_graph(directory.graph)))
    write_json(directory.metrics, metrics)
    return metrics
