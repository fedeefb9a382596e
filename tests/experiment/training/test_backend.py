import os
import select
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from configs.learners import LEARNERS
from configs.loading.loading import load_study
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.opening import create_run
from experiment.training import children
from experiment.training.backend import can_train, training
from experiment.training.children import interpreter, require
from experiment.training.interrupts import ECHO_SECONDS, ENDING

pytestmark = pytest.mark.slow

# What a child does, by name: each is a module of a folder that stands in for the project.
TOLD = "import experiment.training.interrupts, sys; from experiment.training.turn import Turn; turn = Turn()\n"
TOLD += "run, folds = turn.run()\n"
READY = TOLD + "turn.has_come()\n"
CHILDREN = {
    "good": READY + "(run / 'lightning' / 'fits.json').touch()",
    "partial": TOLD + "(run / 'lightning' / 'fits.json').touch(); sys.exit(1)",
    "unimportable": "import a_package_that_is_missing",
    "outdated": "import json\njson.__version__ = '9'\nfrom experiment.run.libraries import private_names\n"
    "with private_names(json): json._gone",
    "unhandled": "import sys; sys.exit('what nobody caught')",
    "numerical": "import sys; sys.exit(70)",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "crashed": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "busy": READY + "print('ready', file=open(run / 'ready', 'w'))\nsum(range(10**12))",
    "finishing": READY + "from experiment.training.interrupts import Interrupts\nwith Interrupts() as i:\n"
    "    print('ready', file=open(run / 'ready', 'w'))\n    while i.received is None: pass",
}


@pytest.fixture
def run(tmp_path):
    made = create_run(load_study(None, [f"output.root={tmp_path / 'runs'}"]))
    made.framework("lightning")
    return made


@pytest.fixture
def child(tmp_path, monkeypatch):
    def choose(name):
        (tmp_path / "pretence.py").write_text(CHILDREN[name])
        monkeypatch.setitem(LEARNERS, "lightning", LEARNERS["lightning"]._replace(fit="pretence"))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return choose


def run_framework(framework, run):
    with training([framework], run) as train:
        return train(framework)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("good", 0),
        ("partial", 1),
        ("unimportable", 2),
        ("unhandled", 70),
        ("numerical", 70),
        ("killed", 137),
        ("crashed", 139),
    ],
)
def test_the_code_is_the_childs_or_128_and_the_signal(run, child, name, code):
    child(name)
    assert run_framework("lightning", run) == code


def test_a_child_that_was_killed_is_explained(run, child, capsys):
    child("killed")
    run_framework("lightning", run)
    words = "lightning: was ended by SIGKILL (the system does that when memory runs out); continue with --resume"
    assert words in capsys.readouterr().err


def test_a_framework_that_cannot_be_imported_is_one_line_and_with_debug_a_traceback(run, child, capfd):
    child("unimportable")
    run_framework("lightning", run)
    cause = "ModuleNotFoundError: No module named 'a_package_that_is_missing'"
    line = f"lightning: cannot be imported ({cause}); run `make setup`, or again with --debug for the traceback\n"
    assert capfd.readouterr().err == line
    with training(["lightning"], run, debug=True) as train:
        assert train("lightning") == 2
    told = capfd.readouterr().err
    assert told.startswith("Traceback")
    assert told.endswith(line)


def test_a_framework_of_a_version_that_lacks_a_private_name_is_one_line_with_the_cure(run, child, capfd):
    child("outdated")
    assert run_framework("lightning", run) == 2
    cause = "json 9 lacks a private name that is used here (module 'json' has no attribute '_gone')"
    line = f"lightning: {cause}; install the versions of constraints.txt: run `make setup`\n"
    assert capfd.readouterr().err == line


def send_when_ready(run, *numbers):
    """To this process, further apart than an echo."""

    def send():
        while not (run.root / "ready").is_file():
            time.sleep(0.01)
        for number in numbers:
            os.kill(os.getpid(), number)
            time.sleep(2 * ECHO_SECONDS)

    threading.Thread(target=send).start()


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_reaches_the_child_and_is_told_even_if_the_child_finishes_well(run, child, number):
    child("finishing")
    send_when_ready(run, number)
    assert run_framework("lightning", run) == 128 + number


def test_a_second_signal_ends_a_child_that_runs_no_python_meanwhile(run, child, capsys):
    child("busy")  # in C, with the interpreter's lock: no handler runs, no other thread does
    send_when_ready(run, signal.SIGINT, signal.SIGTERM)
    assert run_framework("lightning", run) == 130
    told = f"lightning: was ended at once by a second signal, SIGTERM; continue with --resume {run.root}\n"
    assert capsys.readouterr().err == told


# A child as the frameworks' are: it tells a file how far it is.
PATIENT = """
import sys, time
time.sleep({imports})
from experiment.training.turn import Turn
from experiment.nets.layout import Layout
from experiment.nets.net_check import NetCheck
from experiment.run.run_directory import RunDirectory
from experiment.nets.twins import keep_net_check
import numpy as np
turn = Turn()
run, folds = turn.run()
own = RunDirectory(run).framework("{name}")
steps = run / "steps"
def tell(step):
    with steps.open("a") as file:
        file.write("{name} " + step + "\\n")
if "{parameter}" == "refused":
    sys.exit("{name}: the net is refused")
keep_net_check(NetCheck(Layout(("{parameter}",), ((1, 1),)), np.zeros(1)), own.net_check)
tell("ready")
if not turn.has_come():
    sys.exit(tell("leaves"))
tell("trains")
own.fits.touch()
"""
# Which one comes first is the machine's affair.
BOTH_READY = {"lightning ready", "tensorflow ready"}


@pytest.fixture
def patient(run, tmp_path, monkeypatch):
    """Two children, of which the second one takes longer to import; what they have told so far."""

    def choose(lightning="a", tensorflow="a"):
        for name, imports, parameter in (("lightning", 0.0, lightning), ("tensorflow", 0.3, tensorflow)):
            source = PATIENT.format(name=name, imports=imports, parameter=parameter)
            (tmp_path / f"{name}_child.py").write_text(source)
            monkeypatch.setitem(LEARNERS, name, LEARNERS[name]._replace(fit=f"{name}_child"))
        return (run.root / "steps").read_text().splitlines() if (run.root / "steps").is_file() else []

    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    choose()
    return choose


def test_all_import_at_once_and_train_one_after_the_other(run, patient):
    with training(["lightning", "tensorflow"], run) as train:
        assert train("lightning") == 0
        assert {*patient()[:2]} == BOTH_READY
        assert patient()[2:] == ["lightning trains"]
        assert train("tensorflow") == 0
    assert patient()[2:] == ["lightning trains", "tensorflow trains"]


@pytest.mark.parametrize("refused", ["lightning", "tensorflow"])
def test_no_framework_trains_a_net_that_one_of_them_refuses(run, patient, refused, capfd):
    patient(**{refused: "refused"})
    with training(["lightning", "tensorflow"], run) as train:
        codes = {name: train(name) for name in ("lightning", "tensorflow")}
    assert codes == {"lightning": 2, "tensorflow": 2} | {refused: 70}
    steps = patient(**{refused: "refused"})
    assert len(steps) == 2
    assert "trains" not in str(steps)
    assert not can_train(["lightning", "tensorflow"], run)
    assert capfd.readouterr().err.count(f"{refused}: the net is refused") == 2


def test_no_framework_trains_a_net_whose_twin_has_other_parameters(run, patient, capfd):
    patient(tensorflow="b")
    with training(["lightning", "tensorflow"], run) as train:
        assert [train("lightning"), train("tensorflow")] == [2, 2]
    assert {*patient()[:2]} == BOTH_READY
    assert {*patient()[2:]} == {"lightning leaves", "tensorflow leaves"}
    told = capfd.readouterr().err
    assert told.startswith("the twins of net 'mlp' have different parameters: a (1, 1) | b (1, 1); give Keras layers")
    assert told.count("\n") == 1


def test_a_net_is_tried_without_a_training(run, patient):
    assert can_train(["lightning", "tensorflow"], run)
    assert {*patient()} == BOTH_READY


def test_who_has_not_had_its_turn_goes_when_the_run_ends(run, patient):
    with training(["lightning", "tensorflow"], run) as train:
        train("lightning")
        started = next(cell.cell_contents for cell in train.__closure__ if isinstance(cell.cell_contents, dict))
        child = started["tensorflow"]
    assert child.process.returncode == -signal.SIGKILL
    assert {*patient()[:2]} == BOTH_READY
    assert patient()[2:] == ["lightning trains"]


PARENT = """
import pathlib, sys, tempfile, time
from configs.learners import LEARNERS
from experiment.training.children import Child
LEARNERS["lightning"] = LEARNERS["lightning"]._replace(fit="lightning_child")
child = Child("lightning", debug=False, file=tempfile.TemporaryFile())
child.hand(pathlib.Path(sys.argv[1]), data=False)
if sys.argv[2] != "imports":
    assert child.is_ready()
if sys.argv[2] == "trains":
    child.begin()
    while not pathlib.Path(sys.argv[1], "inside").exists():
        time.sleep(0.01)
print(child.process.pid, flush=True)
time.sleep(60)
"""
ORPHAN = (
    READY
    + """
import time
from experiment.training.interrupts import Interrupts
with Interrupts(alone=False) as interrupts:
    (run / "inside").touch()
    while interrupts.received is None:
        time.sleep(0.01)
(run / "steps").write_text(f"saved after {interrupts.received}")
"""
)


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize(
    ("stage", "source", "steps"),
    [
        ("imports", "import time; time.sleep(60)", []),
        ("waits", READY, []),
        ("trains", ORPHAN, [f"saved after {signal.SIGTERM}"]),
    ],
)
def test_a_child_whose_parent_was_killed_leaves_at_once_or_as_soon_as_its_state_is_saved(
    run, patient, tmp_path, stage, source, steps, ignored
):
    (tmp_path / "lightning_child.py").write_text(source)
    command = [sys.executable, "-c", PARENT, run.root, stage]
    ignoring = partial(signal.signal, signal.SIGTERM, signal.SIG_IGN) if ignored else None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=ignoring) as parent:
        child = int(parent.stdout.readline())
        try:
            parent.kill()
            left, _, _ = select.select([parent.stdout], [], [], 30)  # readable once nobody can write to it any more
        finally:
            if not left:
                os.kill(child, signal.SIGKILL)
    assert left
    assert patient() == ([] if ignored else steps)


def test_the_folder_that_the_command_is_called_from_shadows_nothing(run, child, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "pretence.py").write_text("import sys; sys.exit(99)")
    monkeypatch.chdir(tmp_path / "elsewhere")
    child("good")
    assert run_framework("lightning", run) == 0


def test_each_framework_may_have_an_environment_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "PROJECT", tmp_path)
    assert interpreter("tensorflow") == sys.executable
    own = tmp_path / ".venv-tensorflow" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.touch()
    assert (interpreter("tensorflow"), interpreter("lightning")) == (str(own), sys.executable)


def test_a_framework_that_is_not_installed_is_one_line_with_a_cure(monkeypatch, tmp_path):
    monkeypatch.setattr(children, "PROJECT", tmp_path)
    broken = LEARNERS["tensorflow"]._replace(module="a_package_that_is_missing")
    monkeypatch.setitem(LEARNERS, "tensorflow", broken)
    require("lightning")
    with pytest.raises(RunError, match=r"tensorflow: a_package_.+ is not installed for .+; run `make setup`") as error:
        require("tensorflow")
    assert error.value.code == WRONG_STUDY
