"""What is launched runs as by `python -m`; keras-tuner's process may start before it."""

import ast
import os
import subprocess
import sys

import pytest

from configs.files.places import PROJECT
from configs.learners import BASELINES, LEARNERS, offered
from experiment.search.oracles import tuner_process
from experiment.training.children import TUNER
from experiment.training.launch import AHEAD

PROBE = """
import sys
print(__name__, sys.argv, __spec__.name, vars(sys.modules["__main__"]) is globals())
print({"numpy", "torch", "tensorflow"} & set(sys.modules))
sys.exit(3)
"""


def test_a_module_sees_what_it_would_see_without_the_launch(tmp_path):
    (tmp_path / "probe.py").write_text(PROBE)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}

    def call(*words):
        command = [sys.executable, "-m", *words, "RUN", "--debug"]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    plain, launched = call("probe"), call("experiment.training.launch", "lightning", "probe")
    assert plain.stdout.startswith("__main__ [")
    assert (launched.returncode, launched.stdout, launched.stderr) == (3, plain.stdout, "")


STARTED = """
import sys
print(*sorted({"numpy", "pydantic", "sklearn"} & set(sys.modules)), sys.argv[1:])
from experiment.search.oracles.tuner_process import _running, lease
(ahead,) = _running
print(ahead.process.poll(), lease() is ahead)
ahead.release()
"""


@pytest.mark.skipif(tuner_process.find_spec("keras_tuner") is None, reason="keras-tuner is not installed")
def test_the_process_of_keras_tuner_starts_before_the_module_which_is_handed_it(tmp_path):
    (tmp_path / "probe.py").write_text(STARTED)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "experiment.training.launch", "lightning", "probe", "--turn=3", f"{AHEAD}{TUNER}"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("['--turn=3']\nNone True\n", "")


COLLECTOR = """
import gc
print(gc.isenabled(), gc.get_freeze_count())
from experiment.training.launch import imported
imported()
print(gc.isenabled(), gc.get_freeze_count() > 1000)
"""


def test_no_garbage_is_looked_for_until_a_process_has_imported_what_it_needs(tmp_path):
    (tmp_path / "probe.py").write_text(COLLECTOR)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "experiment.training.launch", "lightning", "probe"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines() == ["False 0", "True True"]


@pytest.mark.parametrize(
    "module", [*(LEARNERS[name].fit for name in offered()), BASELINES.fit, "lightning_mods.rows.rank"]
)
def test_whatever_is_launched_collects_garbage_again(module):
    file = (PROJECT / module.replace(".", "/")).with_suffix(".py")
    if not file.is_file():
        pytest.skip("a framework's room is not there")
    called = {
        getattr(node.func, "id", "") for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)
    }
    assert called & {"imported", "run_child"}
