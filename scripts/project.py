"""Run a script with the project's own environment, whoever's `python` was called."""

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (
    "numpy", "pydantic", "pydantic_core", "yaml", "polars", "pyarrow", "scipy", "sklearn", "joblib", "threadpoolctl",
    "safetensors", "filelock", "rich", "jinja2", "matplotlib", "PIL", "tensorboard", "google_crc32c",
)  # fmt: skip
"""What is imported whichever framework trains."""


def open_streams() -> None:
    """Point input, output and errors that were closed before the start at nothing.

    A file that is opened later would get their numbers, and what is printed would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it takes the smallest number that is free
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.dup(2), "w", errors="backslashreplace")


def end_at_once() -> None:
    """Let Ctrl-C end the process without a traceback until `hear_interrupts`: an import is no place to catch it."""
    from experiment.training.interrupts import SAVING, answer, end, go_on  # not for --help

    open_streams()
    answer(signal.SIGINT, end)
    answer(SAVING, go_on)


def enter_environment() -> None:
    """Go on in `.venv` if this interpreter lacks a package; exit with 2 if there is no `.venv` that has them."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if not missing:
        return
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == ROOT / ".venv":
        print(f"{', '.join(missing)}: not installed for {sys.executable}; run `make setup` once", file=sys.stderr)
        sys.exit(2)
    os.execv(python, [str(python), *sys.argv])
