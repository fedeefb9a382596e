"""Time from the start of `scripts/train.py` to the first line of `history.jsonl`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.spread import spread
from configs.files.places import PROJECT
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)
PATIENCE = 120.0


def measure(repeats: int) -> dict[str, Any]:
    """Seconds by framework and repetition."""
    found: dict[str, list[float]] = {framework: [] for framework in FRAMEWORKS}
    for _ in range(repeats):
        for framework in FRAMEWORKS:
            found[framework].append(first_line(framework))
    return found


def first_line(framework: str) -> float:
    """Seconds from the start of a run to its first line; the run is then ended. Raises RuntimeError if none comes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "scripts/train.py", f"framework={framework}", f"output.root={folder}"]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not any(path.stat().st_size for path in Path(folder).glob("*/*/*/history.jsonl")):
                ended = process.poll() is not None
                if ended or time.perf_counter() - started > PATIENCE:
                    raise RuntimeError(f"{' '.join(command[1:])}: no line of history.jsonl came")
                time.sleep(0.005)
            return time.perf_counter() - started
        finally:
            process.terminate()
            process.wait()


def table(values: dict[str, Any]) -> list[list[str]]:
    """Seconds, the imports included."""
    rows = [["from the command to the first epoch", "seconds"]]
    return rows + [[framework, spread(values[framework]).text()] for framework in FRAMEWORKS]
