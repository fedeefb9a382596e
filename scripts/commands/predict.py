"""Implementation of `predict.py`: load the networks, predict in their own framework, write the predictions."""

import argparse
import os
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import polars as pl
from pyarrow.parquet import ParquetWriter

from configs.files.atomic import replacing
from configs.files.given_files import resolved
from configs.shown import shown
from datamodules.reading.files.dialect import ROW_NAMES
from experiment.nets.networks import load_networks
from experiment.results.comparing.candidates import networks_of
from experiment.results.judging import read_metrics
from experiment.results.predicting import ensemble_cut, predict_rows, predictor_of
from experiment.run.exit_codes import CANNOT_WRITE, DONE, WRONG_STUDY, RunError
from experiment.run.files.digests import unverified
from experiment.training.children import QUIET, interpreter, require
from reporting.tables.formulas import without_formulas
from scripts.commands.guard import guarded, hear_interrupts


def run_prediction(arguments: argparse.Namespace) -> int:
    """Predict; every error becomes one line for each problem, and an exit code."""
    hear_interrupts()
    closed = sys.stdout is None
    return guarded(lambda: _run(arguments, closed), arguments.debug)


def _run(arguments: argparse.Namespace, closed: bool) -> int:
    _check_place(arguments.out, arguments.table, closed)
    directory = networks_of(resolved(arguments.run))[0]
    require(directory.name)
    python = interpreter(directory.name)
    if python != sys.executable:
        os.execv(python, [python, *sys.argv])
    networks = load_networks(directory)
    for line in unverified([directory]):
        print(line, file=sys.stderr)
    os.environ.update(QUIET | os.environ)
    predictor = predictor_of(networks, ensemble_cut(read_metrics(directory)), directory.name)
    predicted = predict_rows(arguments.table, networks, predictor)
    _write(predicted, arguments.out)
    return DONE


def _check_place(out: Path | None, table: Path, closed: bool) -> None:
    """Check the output path before the computation. Raises RunError if the predictions cannot be written there."""
    if out is None and closed:
        raise RunError(CANNOT_WRITE, "standard output: is closed; open it, or choose --out FILE")
    if out is not None and resolved(out) == resolved(table):
        raise RunError(WRONG_STUDY, f"{out}: is the table itself, whose inputs would be lost; choose another FILE")
    if out is not None and not out.parent.is_dir():
        raise RunError(CANNOT_WRITE, f"{out}: its folder is not there; make it, or choose another FILE")


def _write(pieces: Iterable[pl.DataFrame], out: Path | None) -> None:
    """Write the predictions, all or nothing: to a temporary file first, then to `out` or the terminal."""
    if out is None:
        with TemporaryFile() as file:
            _write_pieces(pieces, None, file)
            file.seek(0)
            _print(TextIOWrapper(file, encoding="utf-8", newline=""))
        return
    try:
        with replacing(resolved(out.parent) / out.name) as file:
            _write_pieces(pieces, out, file)
    except OSError as error:
        cause = f"{out}: cannot be written ({error.strerror or error})"
        raise RunError(CANNOT_WRITE, f"{cause}; choose another FILE") from error


def _print(lines: Iterable[str]) -> None:
    """Print `lines` as they are. Raises RunError if the terminal's encoding lacks a letter: data is not escaped."""
    try:
        for line in lines:
            line.encode(sys.stdout.encoding)
            print(line, end="")
    except UnicodeEncodeError as error:
        lacking = shown(error.object[error.start : error.end])
        cause = f"standard output: its encoding {error.encoding} has no '{lacking}'"
        raise RunError(CANNOT_WRITE, f"{cause}; set PYTHONIOENCODING=utf-8, or choose --out FILE") from error


def _write_pieces(pieces: Iterable[pl.DataFrame], out: Path | None, file: BinaryIO) -> None:
    try:
        if out is not None and out.suffix.lower() == ".parquet":
            _write_parquet(pieces, file)
            return
        for number, piece in enumerate(pieces):
            safe = without_formulas(piece.rename({ROW_NAMES: ""}, strict=False))
            safe.write_csv(file, include_header=number == 0)
    except pl.exceptions.PolarsError as error:
        cause = f"a column cannot be written as text ({str(error).partition(chr(10))[0]})"
        raise RunError(WRONG_STUDY, f"{cause}; choose --out FILE.parquet") from error


def _write_parquet(pieces: Iterable[pl.DataFrame], file: BinaryIO) -> None:
    writer = None
    for piece in pieces:
        table = piece.to_arrow()
        writer = writer or ParquetWriter(file, table.schema)
        writer.write_table(table.cast(writer.schema))
    if writer is not None:
        writer.close()
