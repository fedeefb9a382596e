"""Run a script with the project's own environment, whoever's `python` was called."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def enter_environment() -> None:
    """Go on in `.venv` if this interpreter lacks the project's packages; exit with 2 if there is no `.venv` yet."""
    if find_spec("pydantic") and find_spec("configs"):
        return
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == ROOT / ".venv":
        sys.exit("twinfold: its packages are not installed for this Python; run `make setup` once")
    os.execv(python, [str(python), *sys.argv])
