"""`scripts/doctor.py`: what it finds in sound and in broken environments."""

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from packaging.requirements import Requirement as Reference

from configs.files.places import PROJECT
from configs.learners import BASELINES, LEARNERS
from configs.loading.loading import load_study
from experiment.rules.resources.devices import Device
from experiment.training.workers import sharing
from scripts.health import checking, devices, learners, machine, packages
from scripts.health.findings import Finding, as_json, as_lines, exit_code
from scripts.health.probe import probed
from scripts.health.requirements import Requirement, extras, pins, required

ROOMS = ("configs", "datamodules", "evaluation", "experiment", "lightning_mods", "reporting", "scripts")
SOUND = {"python": "python", "version": "3.12.1", "absent": [], "packages": {}}
GIB = 2**30


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the project without an environment of its own, and without TensorFlow's room."""
    folder = tmp_path_factory.mktemp("doctor")
    for room in (*ROOMS, "sklearn_models"):
        shutil.copytree(PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(PROJECT / name, folder / name)
    return folder


def call(folder: Path, *words: str, python: str = sys.executable, **variables: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [python, str(folder / "scripts" / "doctor.py"), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=clean | variables)


def states(said: subprocess.CompletedProcess) -> dict[str, list[str]]:
    """Lines by state, wrapped ones joined; none is wider than 80 columns."""
    assert max(map(len, said.stdout.splitlines())) <= 80
    found: dict[str, list[str]] = {"ok": [], "warning": [], "fault": []}
    for line in said.stdout.splitlines():
        state = line[:7].strip()
        if state:
            lines = found[state]
            lines.append(line[9:])
        else:
            lines[-1] += " " + line.strip()
    return found


@pytest.mark.slow
@pytest.mark.both_rooms
def test_a_sound_machine_has_no_fault_and_every_learner_takes_ten_steps():
    said = call(PROJECT, "--json")
    told = json.loads(said.stdout)
    assert (said.returncode, told["exit_code"], said.stderr) == (0, 0, "")
    assert {one["state"] for one in told["findings"]} <= {"ok", "warning"}
    for name in LEARNERS:
        assert any(one["subject"] == name and one["text"].startswith("10 steps on ") for one in told["findings"])


@pytest.mark.needs("lightning")
def test_a_python_without_any_package_is_told_what_is_missing(copy, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    said = call(copy, python=str(tmp_path / "bare" / "bin" / "python"))
    found = states(said)
    assert (said.returncode, said.stderr) == (2, "")
    assert any("not installed:" in line and "pydantic" in line and "make setup" in line for line in found["fault"])
    assert any("lightning" in line and "No module named 'torch'" in line for line in found["fault"])
    assert any("not tried: fix the faults" in line for line in found["warning"])


@pytest.mark.needs("lightning")
def test_one_broken_package_is_named_and_a_missing_room_is_a_warning(copy, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['pydantic'] = None\n")
    said = call(copy, PYTHONPATH=str(tmp_path))
    found = states(said)
    assert (said.returncode, said.stderr) == (2, "")
    assert [line for line in found["fault"] if line.startswith("packages")] == [
        "packages      installed, but broken: pydantic cure          run `make setup`"
    ]
    assert any(line.startswith("tensorflow    there is no tf_models/ in this copy") for line in found["warning"])


@pytest.mark.both_rooms
def test_an_environment_of_a_learners_own_that_does_not_run_is_a_fault(monkeypatch, tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\necho 'no such library' >&2\nexit 127\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(
        checking, "interpreter", lambda name: sys.executable if name == "baselines" else str(tmp_path / "python")
    )
    found = list(checking.checks([], quick=True))
    assert exit_code(found) == 1
    faults = [one for one in found if one.state == "fault"]
    assert [one.subject for one in faults if "no such library" in one.text] == [
        "tensorflow's",
        "lightning",
        "tensorflow",
    ]


def test_the_study_that_is_checked_is_read(tmp_path):
    study, faults = checking._study([f"output.root={tmp_path / 'mine'}"])
    assert (study.output.root, faults) == (str(tmp_path / "mine"), [])
    _, (fault,) = checking._study(["folds.splits=1"])
    assert fault.stops
    assert "must be >= 2" in fault.text


@pytest.mark.parametrize(
    "version", ["0.1", "1.26.4", "2.1", "2.1.0", "2.4.6", "3", "3.15.1", "14.0.2", "2.13.0+cpu", "2026.6"]
)
def test_a_range_is_read_as_packaging_reads_it(version):
    for one in [*required(), *(one for lines in extras().values() for one in lines)]:
        assert one.allows(version) == Reference(f"{one.name}{one.range}").specifier.contains(version), one


def test_every_requirement_of_this_platform_is_found_and_the_pins_with_them():
    asked = {one.name for one in [*required(), *extras()["lightning"], *extras()["dev"]]}
    assert {"numpy", "pydantic", "torch", "pytorch-lightning", "types-PyYAML"} <= asked
    assert {name.lower() for name in asked} <= set(pins())


def test_versions_out_of_range_are_faults_and_others_than_the_tested_are_warnings(monkeypatch):
    monkeypatch.setattr(
        packages, "required", lambda: [Requirement("numpy", ">=2.1,<3"), Requirement("scipy", ">=1.15")]
    )
    monkeypatch.setattr(packages, "pins", lambda: {"numpy": "2.4.6", "scipy": "1.17.1"})
    probe = SOUND | {"packages": {"numpy": "1.26.4", "scipy": "1.17.1", "torch": "2.11.0+cu130"}}
    _, fault, warning = packages.environment(probe, "python", ["torch"], is_main=True)
    assert (fault.state, fault.stops) == ("fault", False)
    assert "numpy 1.26.4 (needs >=2.1,<3), torch 2.11.0+cu130" in fault.text
    assert (warning.state, warning.text) == ("warning", "other than the tested ones: numpy 1.26.4 (2.4.6)")


def test_another_python_than_the_projects_keeps_every_study_from_training():
    first, *_ = packages.environment(SOUND | {"version": "3.14.0"}, "python", [], is_main=True)
    assert (first.state, first.stops) == ("fault", True)


@pytest.mark.parametrize("place", ["/proc/runs", "file/runs"])
def test_a_folder_in_which_nothing_can_be_made_keeps_every_study_from_training(place, tmp_path):
    (tmp_path / "file").write_text("")
    fault = machine.writing("output.root", tmp_path / place)
    assert (fault.state, fault.stops) == ("fault", True)
    assert "output.root=" in fault.cure
    assert machine.writing("output.root", tmp_path / "new" / "runs").state == "ok"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("free", "state"), [(1 << 20, "fault"), (GIB // 2, "warning"), (9 * GIB, "ok")])
def test_a_full_disk_is_told_before_it_ends_a_run(monkeypatch, tmp_path, free, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: namedtuple("Usage", "total used free")(0, 0, free))
    found = machine.disk(tmp_path / "runs")
    assert (found.state, found.stops, bool(found.cure)) == (state, state == "fault", state != "ok")


def test_little_memory_is_a_warning(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: GIB)
    assert machine.memory().state == "warning"


@pytest.mark.parametrize(
    ("usable", "variable", "state", "said"),
    [
        (8, None, "ok", "8"),
        (4, None, "ok", "4 of 8 may be used"),
        (2, "2", "warning", "2 of 8 may be used; LOKY_MAX_CPU_COUNT=2 unset LOKY_MAX_CPU_COUNT, unless others need"),
        (1, None, "warning", "1 of 8 may be used: both frameworks wait for one another give it more (taskset,"),
    ],
)
def test_few_cores_are_a_warning_with_what_leaves_so_few(monkeypatch, usable, variable, state, said):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(machine, "usable_cores", lambda: usable)
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    if variable:
        monkeypatch.setenv("LOKY_MAX_CPU_COUNT", variable)
    found = machine.cores()
    assert (found.state, bool(found.cure)) == (state, state == "warning")
    assert f"{found.text} {found.cure}".startswith(said)


@pytest.mark.needs("lightning", "tensorflow")
def test_a_framework_that_breaks_when_it_is_imported_is_a_fault_and_the_others_are_checked(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    cause = "libcudart.so.12: cannot open shared object file"
    (tmp_path / "tensorflow" / "__init__.py").write_text(f"raise ImportError({cause!r})\n")
    said = call(PROJECT, "--quick", PYTHONPATH=str(tmp_path))
    found = states(said)
    assert (said.returncode, said.stderr) == (1, "")
    (fault,) = found["fault"]
    assert fault.startswith(f"tensorflow    cannot be imported (ImportError: {cause}) cure          run `make setup`")
    assert fault.endswith("or train with framework=lightning")
    assert any(line.startswith("lightning     sees ") for line in found["ok"])


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """A driver with two GPUs."""
    lines = "0, GPU-7, NVIDIA H200, 143771, 143000, 9.0\\n1, GPU-8, Tesla T4, 15360, 15000, 7.5"
    cases = (
        '*driver_version*) printf "580.159.03\\n580.159.03";; --list-gpus) printf "GPU 0: H200\\nGPU 1: T4\\n  MIG";;'
    )
    (tmp_path / "nvidia-smi").write_text(f'#!/bin/sh\ncase "$1" in {cases} *) printf "{lines}";; esac\n')
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_a_driver_is_told_with_its_gpus(driver):
    (found,) = devices.driver()
    assert found.text.startswith(
        "NVIDIA 580.159.03, NVIDIA H200 (compute capability 9.0), 140 of 140 GiB free; Tesla T4"
    )


def test_a_framework_that_does_not_see_the_drivers_gpus_is_a_warning_with_a_cure():
    assert devices.of_learner("lightning", SOUND | {"gpus": []}, 0).state == "ok"
    blind = devices.of_learner("lightning", SOUND | {"gpus": []}, 2)
    assert (blind.state, "none of the driver's 2" in blind.text, bool(blind.cure)) == ("warning", True, True)
    seen = [{"name": "H200", "total": 2 * GIB, "free": GIB, "capability": [9, 0]}]
    assert "H200 (compute capability 9.0), 1 of 2 GiB" in devices.of_learner("lightning", {"gpus": seen}, 2).text


@pytest.mark.parametrize(
    ("visible", "overrides", "state", "said"),
    [
        ("0,1", ["training.devices=2"], "ok", "2 as training.devices asks, a GPU each"),
        ("0", ["training.devices=2"], "fault", "is 2, and 1 of the driver's GPUs is visible set training.devices=1"),
        (
            "-1",
            ["training.devices=2", "training.accelerator=gpu"],
            "fault",
            "accelerator is gpu, and no GPU is visible",
        ),
        ("-1", ["training.devices=99"], "warning", "is 99, and 4 cores may be used: processes wait for one another"),
        ("-1", ["training.devices=2"], "ok", "2 as training.devices asks, 2 of the cores each"),
    ],
)
def test_devices_that_a_study_asks_for_are_held_against_those_that_are_visible(
    driver, monkeypatch, visible, overrides, state, said
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    gpus = [Device("T4")] * (0 if visible == "-1" else len(visible.split(",")))
    monkeypatch.setattr(devices, "driver_gpus", lambda: gpus)
    monkeypatch.setattr(devices, "usable_cores", lambda: 4)
    (found,) = devices.asked(load_study(None, overrides))
    assert (found.state, found.stops, bool(found.cure)) == (state, state == "fault", state != "ok")
    assert said in f"{found.text} {found.cure}"


def test_gpus_that_are_hidden_are_told_with_what_hides_them(driver, monkeypatch):
    assert not [*devices.hidden()]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    (found,) = devices.hidden()
    assert (found.state, found.text) == ("warning", "CUDA_VISIBLE_DEVICES=-1 hides 2 of 2")
    assert "unset CUDA_VISIBLE_DEVICES" in found.cure


def test_a_launcher_whose_package_is_not_installed_keeps_the_study_from_training(monkeypatch):
    monkeypatch.setitem(sharing.PACKAGES, "ray", "no_such_package")
    (found,) = devices.asked(load_study(None, ["launcher=ray"]))
    assert (found.state, found.stops) == ("fault", True)
    assert "ray needs no_such_package" in found.text
    assert found.cure.startswith("pip install -e .[ray]")


def test_an_environment_that_dies_without_a_word_is_told_by_its_signal(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import os\nos.abort()\n")
    found = probed(sys.executable, "", [])
    assert "error" not in found
    (tmp_path / "python").write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    (tmp_path / "python").chmod(0o755)
    assert "SIGABRT" in probed(str(tmp_path / "python"), "", [])["error"]


@pytest.mark.needs("lightning")
@pytest.mark.parametrize("kind", ["of another machine", "a link to nothing"])
def test_a_broken_python_of_the_project_is_told_and_its_cure(copy, tmp_path, kind):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = copy / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    try:
        if kind == "a link to nothing":
            python.symlink_to("/nowhere/python3.12")
        else:
            python.write_bytes(b"\x7fELF of another machine")
            python.chmod(0o755)
        said = call(copy, "--quick", python=str(tmp_path / "bare" / "bin" / "python"))
    finally:
        shutil.rmtree(copy / ".venv")
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert f"{python}: cannot be run (" in said.stderr
    assert "not installed:" in said.stdout


def test_without_a_driver_nothing_is_wrong(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    (found,) = devices.driver()
    assert found.state == "ok"


@pytest.mark.slow
def test_the_baselines_are_tried_by_a_run_of_their_own_and_its_last_line_is_the_fault(monkeypatch):
    assert learners.ten_steps(BASELINES).state == "ok"
    monkeypatch.setattr(learners, "TINY", ("folds.splits=1",))
    fault = learners.ten_steps(BASELINES)
    assert (fault.state, "end with 2: override folds.splits=1: must be >= 2" in fault.text) == ("fault", True)


def test_the_exit_code_is_that_of_the_worst_and_json_has_everything():
    good, bad = Finding("ok", "one", "fine"), Finding("fault", "two", "word " * 40, "a cure")
    assert [exit_code(found) for found in ([good], [good, bad], [bad._replace(stops=True)])] == [0, 1, 2]
    assert json.loads(as_json([good, bad]))["findings"][1]["cure"] == "a cure"
    lines = as_lines(bad)
    assert max(map(len, lines)) <= 80
    assert lines[-1].split() == ["cure", "a", "cure"]
