"""Cases run in processes of their own: one process, one framework."""

import json
import os
import subprocess
from tempfile import TemporaryFile
from typing import Any

from experiment.training.children import PROJECT, QUIET, interpreter

Values = dict[str, Any]


def run_case(case: str, *arguments: object, framework: str = "lightning") -> Values:
    """What `python -m benchmarks.cases.CASE ARGUMENTS` prints on its last line, with the interpreter of `framework`.

    Raises RuntimeError with what the case said if it fails.
    """
    command = _command(case, arguments, framework)
    done = subprocess.run(command, cwd=PROJECT, env=QUIET | os.environ, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    values: Values = json.loads(done.stdout.splitlines()[-1])
    return values


def run_figures(case: str, *arguments: object, framework: str, timeout: float) -> dict[str, Values]:
    """The figures that a case has printed, a line of JSON each, by name; those of a case that failed or took too long.

    Such a case adds a figure `end`, with its last line of errors.
    """
    with TemporaryFile("w+") as printed, TemporaryFile("w+") as errors:
        command = _command(case, arguments, framework)
        try:
            done = subprocess.run(
                command, cwd=PROJECT, env=QUIET | os.environ, stdout=printed, stderr=errors, timeout=timeout
            )
            code: object = done.returncode
        except subprocess.TimeoutExpired:
            code = f"no end within {timeout:.0f} s"
        printed.seek(0)
        errors.seek(0)
        figures = [json.loads(line) for line in printed if line.startswith('{"name"') and line.endswith("}\n")]
        found: dict[str, Values] = {figure.pop("name"): figure for figure in figures}
        if code != 0:
            found["end"] = {"failed": f"{code}: {''.join(errors.read().strip().splitlines()[-1:])}"}
        return found


def _command(case: str, arguments: tuple[object, ...], framework: str) -> list[str]:
    return [interpreter(framework), "-m", f"benchmarks.cases.{case}", *map(str, arguments)]
