"""Parts over workers, with a framework that trains nothing; each room's own workers are in tests/*/test_fit.py."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small import small

from configs.errors import StudyError
from configs.files.places import PROJECT
from configs.learners import LEARNERS
from experiment.launchers.local import LocalWorkers
from experiment.record.history import read_history
from experiment.record.log import kept_in
from experiment.rules.resources.devices import Device
from experiment.run.exit_codes import RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from experiment.training.interrupts import Interrupted
from experiment.training.workers import sharing, workers
from experiment.training.workers.parts import Parts
from experiment.training.workers.sharing import device_environments

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
ROOM = """
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {reference!r})
from pretence import Pretence, checked
from experiment.training.interrupts import Interrupts
from experiment.training.workers.worker import Networks, run_worker
here = Path({here!r})

def after_epoch(epoch, session):
    fold = session.members[0].fold
    with (here / "trained").open("a") as file:
        print(os.getpid(), fold, epoch, file=file)
{hook}

part = Pretence(after_epoch=after_epoch)
with Interrupts(alone=False) as interrupts:
    sys.exit(run_worker("lightning", Networks(checked, lambda *given, checked: part(*given), interrupts)))
"""
STUDY = ("stack.size=2", "folds.splits=7", "training.max_epochs=6")
SLOW = "    time.sleep(0.05)"
ONCE = """
    time.sleep(0.05)
    session.checkpoints.every_seconds = 0.0
    if (fold, epoch) == (2, 3) and not (here / "once").exists():
        (here / "once").touch()
        {act}
"""
WRONG = """
    while fold != 2 and epoch == 1 and not (here / "once").exists(): time.sleep(0.01)
    time.sleep(0.3)
    if fold == 2 and not (here / "once").exists():
        (here / "once").touch()
        raise ValueError("the net is a loop")
"""


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "run" / "lightning").mkdir(parents=True)
    return FrameworkDirectory(tmp_path / "run" / "lightning")


@pytest.fixture
def fit(tmp_path, directory, monkeypatch):
    """Train by so many workers, in which `hook` runs after each epoch."""

    def train(count, *overrides, hook=SLOW):
        source = ROOM.format(reference=str(REFERENCE), here=str(tmp_path), hook=hook)
        (tmp_path / "counting_room.py").write_text(source)
        monkeypatch.setitem(LEARNERS, "lightning", LEARNERS["lightning"]._replace(fit="counting_room"))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        study, folds = small(*STUDY, f"training.devices={count}", *overrides)
        local = LocalWorkers("lightning", study, debug=False)
        try:
            with kept_in(directory.log):
                return fit_stacks(study, folds, directory, None, workers=local)
        finally:
            local.close()

    return train


def trained(tmp_path):
    """What the workers have trained: process, first fold of the part, epoch."""
    return [tuple(map(int, line.split())) for line in (tmp_path / "trained").read_text().splitlines()]


@pytest.mark.parametrize("count", [2, 3])
def test_workers_share_the_parts_and_their_result_is_that_of_one_process(fit, directory, tmp_path, pretend, count):
    shared = fit(count)
    (tmp_path / "alone").mkdir()
    alone = fit_stacks(*small(*STUDY), FrameworkDirectory(tmp_path / "alone"), pretend())
    assert shared.weights["output.kernel"].tolist() == alone.weights["output.kernel"].tolist() == [[6.0]] * 7
    np.testing.assert_array_equal(np.concatenate(shared.logits), np.concatenate(alone.logits))
    assert shared.timing["optimizer_steps"] == alone.timing["optimizer_steps"]
    assert shared.timing["devices"] == count
    keys = [(line["members"], line["epoch"]) for line in read_history(directory.history)]
    assert keys == [(line["members"], line["epoch"]) for line in read_history(tmp_path / "alone" / "history.jsonl")]
    assert len({process for process, _, _ in trained(tmp_path)}) == count
    epochs = [(fold, epoch) for fold in (0, 2, 4, 6) for epoch in range(6)]
    assert sorted(one[1:] for one in trained(tmp_path)) == epochs
    assert "made anew" not in directory.log.read_text()


def test_the_largest_part_is_trained_first(fit, tmp_path):
    fit(1)
    assert [fold for _, fold, epoch in trained(tmp_path) if epoch == 0] == [0, 2, 4, 6]
    parts = Parts(tmp_path / "checkpoints", 7, 3, {})
    assert [len(part) for part in parts.unfinished()] == [3, 3, 1]


def test_devices_that_have_nothing_to_do_are_told_in_a_line(fit, directory, capfd, tmp_path):
    result = fit(3, "stack.size=auto")
    line = "devices: 2 of 3 have nothing to do; all members train as one part: a smaller stack.size makes more"
    assert capfd.readouterr().err == f"lightning: {line}\n"
    assert line in directory.log.read_text()
    assert result.timing["devices"] == len({process for process, _, _ in trained(tmp_path)}) == 1


@pytest.mark.slow
def test_the_part_of_a_worker_that_is_killed_goes_on_from_its_last_state_with_another_one(fit, tmp_path, capfd):
    result = fit(2, hook=ONCE.format(act="os.kill(os.getpid(), signal.SIGKILL)"))
    assert result.weights["output.kernel"].tolist() == [[6.0]] * 7
    assert [epoch for _, fold, epoch in trained(tmp_path) if fold == 2] == [0, 1, 2, 3, 3, 4, 5]
    assert len({process for process, fold, _ in trained(tmp_path) if fold == 2}) == 2
    assert re.fullmatch(r"lightning: worker \d was ended by SIGKILL; the others take over\n", capfd.readouterr().err)


@pytest.mark.slow
def test_if_all_workers_are_killed_the_run_can_be_resumed_with_another_number_of_devices(fit, directory, tmp_path):
    killed = "    session.checkpoints.every_seconds = 0.0\n    if epoch == 3: os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(RunError, match="no worker is left; continue with --resume") as error:
        fit(2, hook=killed)
    assert error.value.code == 128 + signal.SIGKILL
    begun = trained(tmp_path)
    assert fit(3).weights["output.kernel"].tolist() == [[6.0]] * 7
    after = trained(tmp_path)[len(begun) :]
    assert [epoch for _, fold, epoch in after if fold == 0] == [3, 4, 5]
    keys = [(line["members"][0][2], line["epoch"]) for line in read_history(directory.history)]
    assert keys == [(fold, epoch) for fold in (0, 2, 4, 6) for epoch in range(6)]


@pytest.mark.slow
def test_a_signal_to_the_coordinator_saves_the_parts_of_all_workers(fit, directory, tmp_path, capfd):
    parent = f"    if epoch == 2: os.kill(os.getppid(), {signal.SIGINT:d})\n    time.sleep(0.3)"
    with pytest.raises(Interrupted) as stopped:
        fit(2, hook=parent)
    assert stopped.value.code == 128 + signal.SIGINT
    assert capfd.readouterr().err == ""
    saved = [path.name for path in directory.checkpoints.glob("part_*_epoch_*.safetensors")]
    assert {name[:9] for name in saved} == {"part_0000", "part_0001"}
    begun = trained(tmp_path)
    assert fit(2).weights["output.kernel"].tolist() == [[6.0]] * 7
    assert sorted(one[1:] for one in trained(tmp_path)) == [
        (fold, epoch) for fold in (0, 2, 4, 6) for epoch in range(6)
    ]
    assert len(begun) < 24


@pytest.mark.slow
def test_what_is_wrong_in_a_worker_is_wrong_in_the_run_and_the_others_save_their_parts(fit, directory, capfd):
    with pytest.raises(RunError, match="the net is a loop") as error:
        fit(2, hook=WRONG)
    assert error.value.code == 2
    assert [*directory.checkpoints.glob("part_*_epoch_*.safetensors")]
    assert capfd.readouterr().err == ""
    assert fit(2).weights["output.kernel"].tolist() == [[6.0]] * 7


def test_a_part_that_is_too_large_for_a_device_is_halved_until_it_fits(fit, directory):
    result = fit(2, "stack.size=4", hook="    if len(session.members) > 1: raise MemoryError('3 GB')")
    assert result.weights["output.kernel"].tolist() == [[6.0]] * 7
    told = directory.log.read_text()
    assert "memory: 4 members at once do not fit on CPU (MemoryError: 3 GB); they train as two halves" in told
    keys = [(line["members"][0][2], line["epoch"]) for line in read_history(directory.history)]
    assert keys == [(fold, epoch) for fold in range(7) for epoch in range(6)]


def test_gpus_are_given_to_workers_by_number_and_cores_are_shared(monkeypatch):
    monkeypatch.setattr(sharing, "num_cores", lambda: 8)
    monkeypatch.setattr(sharing, "driver_gpus", lambda: [Device("GPU")] * 2)
    study, _ = small("training.devices=2")
    cores = {"LOKY_MAX_CPU_COUNT": "4"}
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert device_environments(study) == [cores | {"CUDA_VISIBLE_DEVICES": name} for name in "01"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5, GPU-8a")
    assert [one["CUDA_VISIBLE_DEVICES"] for one in device_environments(study)] == ["5", "GPU-8a"]
    with pytest.raises(StudyError, match=r"training.devices: is 3, and 2 GPUs are visible; set it to 2, or"):
        device_environments(small("training.devices=3")[0])
    assert device_environments(small("training.devices=2", "training.accelerator=cpu")[0]) == [cores] * 2


@pytest.mark.parametrize("precision", ["32", "64", "tf32", "bf16"])
def test_a_process_that_trains_nothing_takes_no_gpu_and_says_nothing_of_the_format_of_its_products(precision):
    study, _ = small(f"training.precision={precision}", "training.accelerator=gpu")
    own = sharing.without_device(study).training
    assert (own.accelerator, str(own.precision)) == ("cpu", "32" if precision == "tf32" else precision)
    assert study.training.accelerator == "gpu"


def test_a_worker_has_its_device_before_it_imports_anything(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(sharing, "num_cores", lambda: 6)
    monkeypatch.setattr(sharing, "driver_gpus", lambda: [Device("GPU")] * 3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7,GPU-8a,2")
    names = "CUDA_VISIBLE_DEVICES", "LOKY_MAX_CPU_COUNT"
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if any(word.startswith('--worker=') for word in sys.orig_argv):\n"
        f"    print(*map(os.environ.get, {names}), file=open({str(tmp_path / 'seen')!r}, 'a'))\n"
    )
    fit(2)
    assert sorted((tmp_path / "seen").read_text().splitlines()) == ["7 3", "GPU-8a 3"]


COORDINATOR = """
import sys
from pathlib import Path
sys.path.insert(0, {reference!r})
from small import small
from configs.learners import LEARNERS
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from experiment.launchers.local import LocalWorkers
LEARNERS["lightning"] = LEARNERS["lightning"]._replace(fit="counting_room")
study, folds = small(*{study!r}, "training.devices=2")
fit_stacks(study, folds, FrameworkDirectory(Path({root!r})), None, workers=LocalWorkers("lightning", study, False))
"""


@pytest.mark.slow
def test_workers_end_at_once_if_their_coordinator_is_killed_after_a_signal(directory, tmp_path):
    endless = "    while epoch == 2: time.sleep(0.01)"  # an epoch that no signal ends
    (tmp_path / "counting_room.py").write_text(ROOM.format(reference=str(REFERENCE), here=str(tmp_path), hook=endless))
    source = COORDINATOR.format(reference=str(REFERENCE), study=STUDY, root=str(directory.root))
    environment = os.environ | {"PYTHONPATH": f"{PROJECT}{os.pathsep}{tmp_path}"}
    with subprocess.Popen([sys.executable, "-c", source], env=environment) as process:
        while not (tmp_path / "trained").exists() or [epoch for _, _, epoch in trained(tmp_path)].count(2) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        time.sleep(1.0)  # so that it has passed that on
        process.kill()
    workers = {number for number, _, _ in trained(tmp_path)}
    limit = time.monotonic() + 30.0
    while alive := [number for number in workers if Path(f"/proc/{number}/cmdline").is_file()]:
        assert time.monotonic() < limit, [os.kill(number, signal.SIGKILL) for number in alive]
        time.sleep(0.05)


def test_a_worker_that_does_not_end_when_it_has_nothing_to_do_is_ended(monkeypatch, tmp_path):
    (tmp_path / "stuck_room.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setitem(LEARNERS, "lightning", LEARNERS["lightning"]._replace(fit="stuck_room"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(workers, "LEAVE_SECONDS", 0.5)
    worker = workers.Worker("lightning", 0, {}, debug=False)
    worker.close()
    assert worker.process.returncode == -signal.SIGKILL
