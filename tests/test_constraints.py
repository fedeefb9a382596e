"""constraints.txt pins all that pyproject.toml brings in, and nothing else."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FLOATING = re.compile(r"nvidia-|cuda-|triton")
# By platform: a GPU machine has TensorFlow in an environment of its own.
ELSEWHERE = {"tensorflow", "tensorflow-cpu"}


def brought_in() -> set[str]:
    """What is installed here because pyproject.toml, or something that it brings in, asks for it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = (project["optional-dependencies"][name] for name in ("lightning", "tf", "tune", "ray", "slurm", "dev"))
    waiting = [(line, "") for lines in (project["dependencies"], *extras) for line in lines]
    seen, found = set(), set()
    while waiting:
        line, extra = waiting.pop()
        one = Requirement(line)
        if (line, extra) in seen or (one.marker and not one.marker.evaluate({"extra": extra})):
            continue
        seen.add((line, extra))
        try:
            theirs = requires(one.name) or []
        except PackageNotFoundError:
            continue
        found.add(canonicalize_name(one.name))
        waiting += [(line, extra) for line in theirs for extra in ("", *one.extras)]
    return found


def test_what_is_brought_in_is_pinned_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if not line.startswith("#")}
    floating = {name for name in brought_in() if FLOATING.match(name)}
    assert pinned - ELSEWHERE == brought_in() - floating - ELSEWHERE
    assert not {name for name in pinned if FLOATING.match(name)}
