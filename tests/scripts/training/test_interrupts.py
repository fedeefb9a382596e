"""Ctrl-C while a script still imports its packages, which takes most of a second."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


def heard():
    """Ctrl-C is ignored by what a shell has put into the background, which these tests may be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("words", "imported"),
    [
        (("train.py", "--dry-run"), "numpy.version"),
        (("train.py", "--dry-run"), "polars"),  # which takes the signal over
        (("compare.py", "a", "b"), "numpy.version"),
        (("evaluate.py", "a"), "numpy.version"),
        (("predict.py", "a", "b.csv"), "numpy.version"),
    ],
)
def test_a_signal_while_packages_are_imported_ends_the_script_without_a_traceback(words, imported, number):
    command = [sys.executable, "-X", "importtime", SCRIPTS / words[0], *words[1:]]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, preexec_fn=heard, **pipes) as process:
        assert any(line.split()[-1] == imported for line in process.stderr)
        process.send_signal(number)
        said = [line for line in process.stderr if not line.startswith("import time:")]
    assert (said, process.returncode) == ([], -number)
