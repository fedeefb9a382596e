"""Run a script in the project's own environment, whichever `python` was called."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (
    "numpy", "pydantic", "pydantic_core", "yaml", "polars", "pyarrow", "scipy", "sklearn", "joblib", "threadpoolctl",
    "safetensors", "filelock", "rich", "jinja2", "matplotlib", "PIL", "tensorboard", "google_crc32c", "narwhals",
)  # fmt: skip
"""Packages that are imported with either framework."""
IS_TOO_OLD = sys.version_info < (3, 11)
"""Whether this Python cannot even import what the scripts import after this file."""


def open_streams() -> None:
    """Open input, output and errors that were closed before the start on the null device.

    A file that is opened later would get their descriptors, and printed text would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the smallest free descriptor
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.dup(2), "w", errors="backslashreplace")


def end_at_once() -> None:
    """Let Ctrl-C end the process without a traceback until `hear_interrupts`: during imports it cannot be caught."""
    from experiment.training.interrupts import SAVING, answer, end, go_on  # not for --help

    open_streams()
    answer(signal.SIGINT, end)
    answer(SAVING, go_on)


def enter_environment() -> None:
    """Continue in `.venv` if this interpreter lacks a package; exit with 2 if there is no `.venv` that has them."""
    if missing := continue_in_environment():
        print(f"{', '.join(missing)}: not installed for {sys.executable}; run `make setup` once", file=sys.stderr)
        sys.exit(2)


def continue_in_environment() -> list[str]:
    """Continue in `.venv` if this interpreter lacks a package; return those that it lacks if it is that, or none is."""
    missing = ["Python 3.11 to 3.13"] * IS_TOO_OLD + [name for name in NEEDED if find_spec(name) is None]
    python = ROOT / ".venv" / "bin" / "python"
    if missing and os.path.lexists(python) and Path(sys.prefix) != ROOT / ".venv":
        try:
            os.execv(python, [str(python), *sys.argv])
        except OSError as error:  # of another machine, or damaged
            print(f"{python}: cannot be run ({error.strerror}); run `make setup` again", file=sys.stderr)
    return missing


if IS_TOO_OLD:
    enter_environment()
