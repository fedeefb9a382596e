"""What surrounds every command: output that ends early, or that cannot show a letter."""

import subprocess
import sys

import pytest

from configs.files.places import PROJECT

HEAD = """import sys
from rich.console import Console
from scripts.commands.guard import guarded
def command():
    {body}
    return 0
sys.exit(guarded(command, False))
"""


def run(body: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess:
    words = ["bash", "-c", f'set -o pipefail; "$0" -c "$1" {shell}', sys.executable, HEAD.format(body=body)]
    return subprocess.run(words, cwd=PROJECT, env=environment | {"PATH": "/usr/bin:/bin"}, capture_output=True)


@pytest.mark.parametrize("write", ["print", "Console().print"])
def test_a_reader_that_has_enough_is_no_failure(write):
    said = run(f"[{write}('x' * 70) for _ in range(5000)]", "| head -1")
    assert (said.returncode, said.stderr) == (0, b"")


@pytest.mark.parametrize("write", ["print", "Console().print"])
@pytest.mark.parametrize("code", [0, 1])
def test_a_run_keeps_its_code_if_the_reader_has_enough(write, code, tmp_path):
    body = f"""
    from types import SimpleNamespace
    from scripts.commands import showing, train
    showing.show_results = lambda _: [{write}('x' * 70) for _ in range(5000)]
    run = SimpleNamespace(root=__import__('pathlib').Path({str(tmp_path)!r}))
    return train.print_outcome(SimpleNamespace(run=run, exit_code={code}))"""
    said = run(body, "| head -1")
    assert (said.returncode, said.stderr) == (code, b"")


def test_an_end_for_another_reason_keeps_its_code():
    assert run("sys.exit(7)").returncode == 7


@pytest.mark.parametrize("write", ["print", "Console().print"])
def test_a_letter_that_the_terminal_lacks_is_escaped(write):
    said = run(f"{write}('L\\u00e4rche')", PYTHONIOENCODING="ascii")
    assert (said.returncode, said.stdout, said.stderr) == (0, b"L\\xe4rche\n", b"")
