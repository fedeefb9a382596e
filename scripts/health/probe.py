"""Probe of an environment in its own process, packages and GPUs: `python scripts/health/probe.py ROOM PACKAGE...`.

It prints one line of JSON. Without a room no framework is imported: one process, one framework.
"""

import json
import os
import platform
import signal
import subprocess
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
SECONDS = 180.0


def probed(python: str, room: str, packages: list[str]) -> dict:
    """`python`, its `version`, versions of `packages`, modules that are `absent`, the `gpus` of `room`.

    Instead of these an `error` where it does not start, and instead of the last where its framework cannot be imported.
    """
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    command = [python, "-P", str(Path(__file__)), room, *packages]
    try:
        done = subprocess.run(
            command, env=QUIET | os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=SECONDS
        )
        return {"python": python} | json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"python": python, "error": f"no answer in {SECONDS:.0f} s"}
    except (OSError, ValueError, IndexError) as error:
        if isinstance(error, OSError):
            return {"python": python, "error": str(error)}
        return {"python": python, "error": "".join(done.stderr.strip().splitlines()[-1:]) or ended(done.returncode)}


def ended(code: int) -> str:
    """How a process has ended that has said nothing."""
    return f"it was ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with {code}, without a word"


def installed(packages: list[str]) -> dict:
    """Versions of those of `packages` that are installed, by name."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def seen_gpus(room: str) -> dict:
    """The GPUs that the framework of `room` sees, or why it cannot be asked."""
    try:
        return {"gpus": [gpu._asdict() for gpu in import_module(f"{room}.devices").gpus()]}
    except Exception as error:  # of a framework that is missing, broken, or cannot use its driver
        return {"error": f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"}


def main() -> None:
    """Print what this environment holds."""
    room, *packages = sys.argv[1:]
    from scripts.project import NEEDED  # the parent has put the project on the path

    absent = [name for name in NEEDED if find_spec(name) is None]
    answer = {"version": platform.python_version(), "packages": installed(packages), "absent": absent}
    print(json.dumps(answer | (seen_gpus(room) if room else {})))


if __name__ == "__main__":
    main()
