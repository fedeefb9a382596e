"""Prediction of new rows by the networks of a run, as evaluated in `test` of `metrics.json`."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray
from scipy.special import logit

from configs.errors import Notice, StudyError
from configs.learners import LEARNERS
from datamodules.checks.values import count_rows
from datamodules.reading.data_frames import polars_frame
from datamodules.reading.names import listed
from datamodules.reading.unseen import FRAME, read_unseen, unknown_notes
from evaluation.keys import Key, key_of
from experiment.nets.networks import Networks, load_networks
from experiment.nets.predictor import Predictor, RowLogits
from experiment.results.judging import read_metrics, rejudge
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.files.reading import trusting
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.launch import cannot_import


def load_predictor(
    directory: FrameworkDirectory, fold: int | None = None, repeat: int | None = None, seed: int | None = None
) -> Predictor:
    """The ensemble of the networks that a framework has trained, or the network of one `fold`; imports the framework.

    A binary target is decided by the threshold that the run was evaluated with.

    Raises:
        RunError: nothing is trained or evaluated yet, every fold has failed, or the framework cannot be imported.
        StudyError: a file is damaged, or there is no such network.
    """
    return predictor_of(*_networks(directory, fold, repeat, seed), directory.name)


def predict_frame(
    frame: Any,
    directory: FrameworkDirectory,
    fold: int | None = None,
    repeat: int | None = None,
    seed: int | None = None,
) -> pl.DataFrame:
    """The rows of a data frame of pandas, polars or pyarrow, with predictions after the columns that are no inputs.

    The predictions are those of `load_predictor`, of words, dates and numbers as they stand in the frame.

    Raises:
        RunError: as `load_predictor`.
        StudyError: as `load_predictor` and `predict_rows`, or `frame` is no data frame.
    """
    rows = polars_frame(frame, FRAME)
    networks, cut = _networks(directory, fold, repeat, seed)
    (predicted,) = predict_rows(rows, networks, predictor_of(networks, cut, directory.name))
    return predicted


def _networks(
    directory: FrameworkDirectory, fold: int | None, repeat: int | None, seed: int | None
) -> tuple[Networks, float]:
    """The networks of a framework, or that of one fold, and the logit from which they predict the positive class."""
    networks, metrics = load_networks(directory), read_metrics(directory)
    if fold is not None:
        networks = networks.only(fold, repeat, seed)
    with trusting(directory.metrics, rejudge(directory)):
        return networks, ensemble_cut(metrics) if fold is None else fold_cut(metrics, *networks.keys)


def predictor_of(networks: Networks, cut: float, framework: str) -> Predictor:
    """The predictor of loaded `networks`, in their own framework. Raises RunError if that cannot be imported."""
    try:
        member_logits: Callable[[Networks], RowLogits] = import_module(LEARNERS[framework].predicting).member_logits
    except Exception as error:
        raise RunError(WRONG_STUDY, f"{framework}: {cannot_import(error)}") from error
    row_logits = of_columns(member_logits(networks), [column.name for column in networks.schema])
    return Predictor(row_logits, networks.task, networks.classes, networks.statistics, cut)


def of_columns(row_logits: RowLogits, names: Sequence[str]) -> RowLogits:
    """`row_logits` of rows with the columns `names`. It raises StudyError for rows with another number of columns."""

    def logits(rows: NDArray[Any]) -> NDArray[Any]:
        if rows.ndim < 2 or rows.shape[-1] != len(names):
            cause = f"rows: must be (rows, {len(names)}), with the columns {listed(names)}"
            raise StudyError([f"{cause}; received {rows.shape}"])
        return row_logits(rows)

    return logits


def ensemble_cut(metrics: Mapping[str, Any]) -> float:
    """Logit from which the ensemble predicts the positive class: the threshold by the run's rule.

    From the probability where the log odds are null: for an infinite cut, which JSON cannot hold, and in older runs.
    """
    if not (thresholds := metrics["thresholds"]):
        return 0.0
    chosen = thresholds["rules"][thresholds["rule"]]
    kept = chosen.get("ensemble_log_odds")
    return float(logit(chosen["ensemble"]) if kept is None else kept)


def fold_cut(metrics: Mapping[str, Any], key: Key) -> float:
    """Logit from which the network of `key` predicts the positive class: its fold's threshold by the run's rule."""
    if not (thresholds := metrics["thresholds"]):
        return 0.0
    place = [key_of(fold) for fold in metrics["folds"]].index(key)
    return float(logit(thresholds["rules"][thresholds["rule"]]["folds"][place]))


def predict_rows(source: Path | pl.DataFrame, networks: Networks, predictor: Predictor) -> Iterator[pl.DataFrame]:
    """The rows of a file, piece by piece, or of a frame, with the `predictions` of the `networks`' predictor.

    They stand after the columns that are no inputs; numbers are float32. At the end there is a Notice for each column
    with levels that training did not have.

    Raises:
        StudyError: inputs of the networks are missing, a row has no finite prediction, or a column has the name of a
        new one.
    """
    study, place = networks.study, FRAME if isinstance(source, pl.DataFrame) else str(source)
    unknown: dict[str, Counter[str]] = {column.source: Counter() for column in networks.schema}
    for piece in read_unseen(source, networks.schema, study.inputs, study.data, networks.formats):
        for name, levels in piece.unknown.items():
            unknown[name] += levels
        yield _predicted(place, piece.features, piece.others, predictor)
    for note in unknown_notes(place, unknown):
        warnings.warn(Notice(note), stacklevel=2)


def _predicted(place: str, features: NDArray[np.float32], others: pl.DataFrame, predictor: Predictor) -> pl.DataFrame:
    logits = predictor.logits(features)
    _refuse(place, np.any(~np.isfinite(logits), axis=(0, 2)))
    found = predictor.predictions(logits).cast({pl.Float64: pl.Float32})
    _refuse(place, ~found.select(pl.all_horizontal(cs.float().is_finite().fill_null(True))).to_series().to_numpy())
    if taken := [name for name in found.columns if name in others.columns]:
        raise StudyError([f"{place}: has a column '{taken[0]}', which the predictions are called; rename it"])
    return others.hstack(found)


def _refuse(place: str, broken: NDArray[np.bool_]) -> None:
    """Raise StudyError if any of the rows, `(rows,)`, is `broken`."""
    if broken.any():
        cause = f"{place}: has {count_rows('too extreme', broken, 'row')}, where the output of a network is not finite"
        raise StudyError([f"{cause}: correct the inputs, or leave those rows out"])
