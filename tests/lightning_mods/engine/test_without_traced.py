"""The traced engine is an addition: without its folder, or with a torch that cannot play it, a study trains."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_nets import Net
from torch_steps import COLUMNS, MEMBERS, OPTIMIZERS, STEPS, moved_by, steps_of
from trajectory import WAYS, largest_difference, trajectory
from twins import ROOT

from configs.errors import StudyError
from lightning_mods.engine.engines import Engine
from lightning_mods.engine.traced import makers, predicting, scripting

FOLDER = "lightning_mods/engine/traced"
ROOMS = ("configs", "datamodules", "evaluation", "experiment", "lightning_mods", "reporting", "tf_models")
STUDY = ("training.precision=64", *WAYS["sgd"], "training.engine=auto")


def work():
    return steps_of(torch.nn.Linear(COLUMNS, 1).double(), OPTIMIZERS["adam"])


@pytest.fixture
def copied(tmp_path):
    """The rooms without the folder."""
    unwanted = shutil.ignore_patterns("traced", "__pycache__", "runs")
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=unwanted)
    assert not (tmp_path / FOLDER).exists()
    return tmp_path


@pytest.mark.slow
def test_a_template_without_the_folder_trains_the_same_weights(copied):
    command = [sys.executable, ROOT / "tests/law/trajectory.py", "lightning", copied / "weights.npz", *STUDY]
    environment = os.environ | {"PYTHONPATH": str(copied)}
    done = subprocess.run(command, cwd=copied, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(copied / "weights.npz") as weights:
        assert largest_difference(dict(weights), trajectory("lightning", STUDY)) < 1e-12


def test_only_one_line_outside_the_folder_imports_it():
    package = FOLDER.replace("/", ".")
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if not path.is_relative_to(ROOT / FOLDER)]
    importing = [file.relative_to(ROOT).as_posix() for file in files if package in _imported(file)]
    assert importing == ["lightning_mods/engine/makers.py"]


def _imported(file: Path) -> str:
    nodes = ast.walk(ast.parse(file.read_text()))
    return "\n".join(ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


@pytest.mark.slow
def test_an_eager_training_never_imports_the_folder_nor_a_script(tmp_path):
    program = (
        "import sys, torch\n"
        "torch.jit.CompilationUnit = None\n"
        "from trajectory import trajectory\n"
        "trajectory('lightning', ['training.engine=eager'])\n"
        "print([name for name in sys.modules if name.startswith('lightning_mods.engine.traced')])\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests/law")])}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def no_scripts(monkeypatch):
    """A torch whose interpreter refuses every script."""

    def broken(source):
        raise RuntimeError("TorchScript is not supported\nin Python 3.99")

    scripting.compiled.cache_clear()
    monkeypatch.setattr(torch.jit, "CompilationUnit", broken)
    yield
    scripting.compiled.cache_clear()


def test_where_torch_cannot_play_scripts_auto_logs_it_and_goes_on_eagerly(no_scripts, caplog):
    caplog.set_level("INFO")
    step, arguments = work()
    engine = Engine(step, "auto", MEMBERS, 1000)
    assert engine.name == "eager"
    (line,) = [message for message in caplog.messages if "slower" in message]
    assert "TorchScript is not supported" in line
    assert "\n" not in line
    expected = moved_by(Engine(step, "eager", MEMBERS, STEPS), arguments)
    assert torch.equal(moved_by(engine, arguments)[0], expected[0])


def test_where_torch_cannot_play_scripts_a_traced_engine_that_was_asked_for_is_refused_with_a_cure(no_scripts):
    with pytest.raises(StudyError, match=r"^training\.engine: traced cannot .* \(TorchScript .*; set it to eager$"):
        Engine(work()[0], "traced", MEMBERS, 1000)


def test_a_torch_without_scripts_is_no_obstacle_either(monkeypatch):
    monkeypatch.setattr(makers, "compiled", lambda source: torch.jit.gone)
    assert Engine(work()[0], "auto", MEMBERS, 1000).name == "eager"


def test_a_net_that_torchs_interpreter_cannot_play_trains_eagerly_under_auto(caplog):
    caplog.set_level("INFO")
    net = Net(lambda net, x: net.b(net.a(x) * ((net.a(x) > 0) & True))).double()
    step, arguments = steps_of(net, OPTIMIZERS["adam"])
    engine = Engine(step, "auto", MEMBERS, 1000)
    assert engine.name == "traced"
    found, expected = (moved_by(one, arguments) for one in (engine, Engine(step, "eager", MEMBERS, STEPS)))
    assert torch.equal(found[0], expected[0])
    assert sum("slower: torch's interpreter cannot play the net" in message for message in caplog.messages) == 1


def test_a_forward_pass_that_cannot_be_traced_is_made_eagerly_under_auto(monkeypatch):
    def broken(*_):
        raise AttributeError("module 'torch' has no attribute 'jit'")

    step, (flat, _, batches, *_) = work()
    monkeypatch.setattr(predicting, "trace", broken)
    expected = Engine(step, "eager", MEMBERS, STEPS).logits(flat, batches[0][0])
    assert torch.equal(Engine(step, "auto", MEMBERS, 1000).logits(flat, batches[0][0]), expected)
    with pytest.raises(AttributeError):
        Engine(step, "traced", MEMBERS, 1000).logits(flat, batches[0][0])


def test_a_net_that_counts_in_python_is_refused_under_auto_too():
    class Counting(Net):
        calls = 0

        def forward(self, inputs):
            self.calls += 1
            return super().forward(inputs) * (1 + 1e-3 * self.calls)

    step, arguments = steps_of(Counting(lambda net, x: net.b(net.a(x))).double(), OPTIMIZERS["adam"])
    with pytest.raises(ValueError, match="draw or keep numbers in Python"):
        moved_by(Engine(step, "auto", MEMBERS, 1000), arguments)
