"""Environment of a run for reproducibility: versions, machine, command, code, digests of data and folds."""

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from configs.learners import LEARNERS
from experiment.rules.resources.fitting import num_cores
from experiment.run.source import Source

PACKAGES = (
    "numpy", "scipy", "scikit-learn", "polars", "pyarrow", "pydantic", "safetensors", "tensorboard",
    *(package for learner in LEARNERS.values() for package in learner.packages),
)  # fmt: skip


def environment(command: list[str], data_digest: str, folds_digest: str, source: Source) -> dict[str, Any]:
    """Versions, machine, command, code, and the digests of data and fold plan; imports no framework."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": num_cores(),
        "executable": sys.executable,
        **source.record(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "data_sha256": data_digest,
        "folds_sha256": folds_digest,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
