"""Ctrl-C while a script still imports its packages, which takes most of a second."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [("train.py", "--dry-run"), ("compare.py", "a", "b"), ("evaluate.py", "a")])
def test_a_signal_while_packages_are_imported_ends_the_script_without_a_traceback(words, number):
    command = [sys.executable, "-X", "importtime", SCRIPTS / words[0], *words[1:]]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert any("numpy.version" in line for line in process.stderr)
        process.send_signal(number)
        said = [line for line in process.stderr if not line.startswith("import time:")]
    assert (said, process.returncode) == ([], -number)
