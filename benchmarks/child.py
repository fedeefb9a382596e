"""Cases run in processes of their own: one process, one framework."""

import json
import os
import subprocess
from typing import Any

from experiment.training.children import PROJECT, QUIET, interpreter

Values = dict[str, Any]


def run_case(case: str, *arguments: object, framework: str = "lightning") -> Values:
    """What `python -m benchmarks.cases.CASE ARGUMENTS` prints on its last line, with the interpreter of `framework`.

    Raises RuntimeError with what the case said if it fails.
    """
    command = [interpreter(framework), "-m", f"benchmarks.cases.{case}", *map(str, arguments)]
    done = subprocess.run(command, cwd=PROJECT, env=QUIET | os.environ, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    values: Values = json.loads(done.stdout.splitlines()[-1])
    return values
