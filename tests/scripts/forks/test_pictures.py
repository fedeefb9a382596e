"""`scripts/pictures.py` without a browser: what its command line says."""

import subprocess
import sys
from pathlib import Path

PICTURES = Path(__file__).resolve().parents[3] / "scripts" / "pictures.py"


def call(*words):
    return subprocess.run([sys.executable, PICTURES, *words], capture_output=True, text=True)


def test_help_is_told():
    said = call("--help")
    assert (said.returncode, said.stderr) == (0, "")
    assert "a finished run, which spares the training" in said.stdout


def test_what_is_no_run_is_told_in_a_line(tmp_path):
    said = call(tmp_path)
    assert (said.returncode, said.stdout) == (73, "")
    assert said.stderr.startswith(f"{tmp_path}: is not a run directory")
    assert len(said.stderr.splitlines()) == 1
