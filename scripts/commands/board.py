"""Implementation of `board.py`: TensorBoard on a temporary folder with links to the runs, until it is ended."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from experiment.record.board_folder import LIMIT, count_directories, link_runs, newest_runs, shown_parts, write_folds
from experiment.record.board_trials import write_trials
from experiment.run.exit_codes import DONE, INTERRUPTED
from scripts.commands.guard import guarded, hear_interrupts


def run_board(arguments: argparse.Namespace) -> int:
    """Start TensorBoard on the runs; every error becomes one line, and an exit code."""
    hear_interrupts()
    return guarded(lambda: _run(arguments), arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    chosen = arguments.runs or newest_runs(arguments.root, 1 if arguments.folds else arguments.last or 10)
    parts = shown_parts(chosen)
    with tempfile.TemporaryDirectory(prefix="twinfold-board-") as folder:
        root = Path(folder).resolve()
        if arguments.folds:
            write_folds(root, parts)
        else:
            link_runs(root, parts)
        trials = write_trials(root, parts) if len(arguments.runs) == 1 and not arguments.folds else 0
        for part in parts:
            print(part)
        print(f"{trials} trials of the search are rows of the HParams tab\n" if trials else "", end="")
        if (directories := count_directories(root)) > LIMIT:
            cure = "name fewer, or one framework's part" if arguments.folds else "name fewer runs"
            cure = "the HParams tab needs no tick" if trials else cure
            cause = f"{directories} directories of event files: TensorBoard ticks none of more than {LIMIT}"
            print(f"{cause}; {cure}, or tick those that you want to see", file=sys.stderr)
        elif not directories:
            print("there are no event files yet; TensorBoard shows them as soon as there are", file=sys.stderr)
        return _serve(root, arguments.options)


def _serve(root: Path, options: Sequence[str]) -> int:
    """Run this environment's TensorBoard until it exits or is terminated; Ctrl-C is the ordinary end."""
    program = Path(sys.executable).with_name("tensorboard")
    sys.stdout.flush()
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2"}  # TensorBoard imports TensorFlow where it is installed
    process = subprocess.Popen([str(program), "--logdir", str(root), *options], env=quiet | os.environ)
    try:
        return process.wait()
    except KeyboardInterrupt as error:
        if getattr(error, "code", INTERRUPTED) != INTERRUPTED:
            raise
        return DONE
    finally:
        process.terminate()
        process.wait()
