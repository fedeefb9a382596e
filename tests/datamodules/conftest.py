from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datamodules.table import Table


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], str]:
    """Write a CSV file and return its path."""

    def write_file(content: str | bytes, name: str = "patients.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file


@pytest.fixture
def make_table() -> Callable[..., Table]:
    """A table of random features whose targets are given; strings, if any, are the classes."""

    def make(targets: list[int] | list[float] | np.ndarray, task: str = "binary", **others: object) -> Table:
        kind = np.float32 if task == "regression" else np.int32
        values = np.asarray(targets, kind)
        features = np.random.default_rng(0).normal(size=(len(values), 3)).astype(np.float32)
        classes = () if task == "regression" else tuple(f"c{index}" for index in range(int(values.max()) + 1))
        others = {"features": features, "columns": ("a", "b", "c"), "classes": classes, **others}
        return Table(name="made", targets=values, target="y", task=task, **others)

    return make
