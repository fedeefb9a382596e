from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copytree

import pytest

from configs.errors import StudyError
from configs.learners import LEARNERS, offered
from configs.loading.loading import load_study
from configs.loading.settings import FOLDER
from configs.seats import seat as seats
from configs.seats.baselines import BASELINES
from configs.seats.metric_choice import METRICS
from configs.seats.nets import NETS
from configs.seats.schedules import SCHEDULES

BUILD = "def build(inputs: int, outputs: int, *, {parameters}):\n    ...\n"
MLP = "hidden: Widths = (64, 64), activation: Activation = 'relu', dropout: Fraction = 0.2"


@pytest.fixture
def write_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A checkout with nets of its own and our optimizers: `write_net("mlp", parameters, frameworks=...)` writes one."""
    if len(offered()) < len(LEARNERS):
        pytest.skip("a framework's room is not there")
    for learner in LEARNERS.values():
        copytree(seats.ROOT / learner.room / "optimizers", tmp_path / learner.room / "optimizers")
    monkeypatch.setattr(seats, "ROOT", tmp_path)
    for seat in (SCHEDULES, BASELINES, METRICS):
        copytree(FOLDER.parent / seat.folder, tmp_path / seat.folder)

    def write(net: str, parameters: str = MLP, frameworks: Sequence[str] = tuple(LEARNERS)) -> Path:
        for framework in frameworks:
            file = tmp_path / NETS.file(net, framework)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(BUILD.format(parameters=parameters) if "def " not in parameters else parameters)
        return file

    write("mlp")
    return write


@pytest.fixture
def problems() -> Callable[..., list[str]]:
    """`problems("seed=-1", file="seed: 0")` are the lines that a wrong study gives; none for a good one."""

    def collect(*overrides: str, file: Path | None = None) -> list[str]:
        try:
            load_study(file, overrides)
        except StudyError as error:
            return str(error).splitlines()
        return []

    return collect
