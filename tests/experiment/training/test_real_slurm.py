"""Parts by a real SLURM of two nodes, with a framework that trains nothing: the answer of one process."""

import os
import re
import time
from threading import Thread

import pytest
from counting import trained
from launched import assert_as_alone
from processes import wait_until

from experiment.run.exit_codes import TERMINATED, RunError
from experiment.training.interrupts import Interrupted, Interrupts

pytestmark = pytest.mark.slow

SLURM = ("launcher=slurm", "slurm.minutes=30")
ACTS = """
    time.sleep(0.1)
    said = here / f"said_{{fold}}"
    if epoch == 3 and not said.exists():
        named = ("SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURMD_NODENAME")
        said.write_text("{{}}_{{}} {{}}".format(*map(os.environ.get, named)))
        if fold == 0:
            {first}
        else:
            {second}
"""
SIGNAL = 'os.system("scancel --signal=USR1 $SLURM_JOB_ID"); time.sleep(1)'
FORBIDDEN = 'os.system("scontrol update jobid=$SLURM_JOB_ID requeue=0"); ' + SIGNAL
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
EPOCHS = [0, 1, 2, 3, 4, 5]


@pytest.fixture(autouse=True)
def asked_often(cluster, monkeypatch):
    monkeypatch.setattr("experiment.launchers.slurm_queues.ASK_SECONDS", 1.0)


def hook(first, second="time.sleep(0.1)"):
    """What the tasks do once after their fourth epoch."""
    return ACTS.format(first=first, second=second)


def said(folder, fold):
    """The number of the task that has trained the part from `fold` on, and its node, both at first."""
    return (folder / f"said_{fold}").read_text().split()


def once_said(folder, act):
    """Do `act()` in a thread, once both tasks have trained four epochs."""

    def wait():
        while not all((folder / f"said_{fold}").exists() and said(folder, fold) for fold in (0, 3)):
            time.sleep(0.05)
        act()

    Thread(target=wait, daemon=True).start()


def epochs(folder, fold):
    return [epoch for _, first, epoch in trained(folder) if first == fold]


def test_a_task_that_gets_the_signal_of_its_time_limit_goes_on_and_one_that_is_killed_is_submitted_again(
    fit, directory, tmp_path, pretend, capsys, cluster, monkeypatch
):
    for name, value in {"NO_REQUEUE": "1", "TIMELIMIT": "1", "PARTITION": "closed"}.items():
        monkeypatch.setenv(f"SBATCH_{name}", value)  # which would go before what the study says
    found = fit(*SLURM, "slurm.partition=all", hook=hook(SIGNAL, KILLED))
    assert_as_alone(found, directory, tmp_path, pretend)
    assert epochs(tmp_path, 0) == EPOCHS  # no epoch twice
    assert epochs(tmp_path, 3) == [0, 1, 2, 3, 3, 4, 5]
    assert {said(tmp_path, fold)[1] for fold in (0, 3)} == {"node1", "node2"}
    told = r"lightning: the task of members 3 to 5 has died \(srun: .*\); it is submitted again\n"
    assert re.fullmatch(told, capsys.readouterr().err)
    wait_until(lambda: cluster.jobs() == "")


def test_a_task_that_may_not_queue_itself_again_is_submitted_again(fit, directory, tmp_path, pretend, capsys):
    found = fit(*SLURM, hook=hook(FORBIDDEN))
    assert_as_alone(found, directory, tmp_path, pretend)
    assert epochs(tmp_path, 0) == EPOCHS
    told = "lightning: the task of members 0 to 2 was stopped, its state saved; it is submitted again\n"
    assert capsys.readouterr().err == told


def test_the_part_of_a_node_that_is_lost_goes_on_elsewhere(fit, directory, tmp_path, pretend, cluster):
    def lose():
        cluster.lose(said(tmp_path, 0)[1])

    once_said(tmp_path, lose)
    try:
        found = fit(*SLURM, hook=hook("time.sleep(60)"))
    finally:
        lost = said(tmp_path, 0)[1]
        cluster.boot(lost)
    assert_as_alone(found, directory, tmp_path, pretend)
    assert epochs(tmp_path, 3) == EPOCHS
    assert epochs(tmp_path, 0) == [0, 1, 2, 3, 3, 4, 5]


def test_a_task_that_makes_room_for_another_job_goes_on_and_does_not_count_as_dead(
    fit, directory, tmp_path, pretend, cluster, capsys
):
    def crowd():
        node = said(tmp_path, 0)[1]
        words = (f"--nodelist={node}", "--cpus-per-task=4", "--output=/dev/null", "--wrap=sleep 2")
        cluster.asked("sbatch", "--partition=first", *words)

    once_said(tmp_path, crowd)
    found = fit(*SLURM, hook=hook("time.sleep(2)"))
    assert_as_alone(found, directory, tmp_path, pretend)
    assert epochs(tmp_path, 0) == EPOCHS
    assert "has died" not in capsys.readouterr().err


def test_a_task_that_somebody_cancels_ends_the_run_and_leaves_nothing_in_the_queue(fit, tmp_path, cluster):
    once_said(tmp_path, lambda: cluster.asked("scancel", said(tmp_path, 0)[0]))
    with pytest.raises(
        RunError, match="somebody has cancelled the task of members 0 to 2; continue with --re"
    ) as error:
        fit(*SLURM, hook=hook("time.sleep(2)", "time.sleep(2)"))
    assert error.value.code == TERMINATED
    assert not re.search("PENDING|RUNNING", cluster.jobs())


def test_parts_that_are_more_than_an_array_may_hold_are_several_arrays(fit, directory, tmp_path, pretend):
    assert_as_alone(fit(*SLURM, "stack.size=1"), directory, tmp_path, pretend, "stack.size=1")
    arrays = re.findall(r"slurm: (\d+) tasks are submitted", (directory.root / "log.txt").read_text())
    assert arrays == ["3", "3"]


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("slurm.partition=none",), "invalid partition specified: none; Batch job submission failed: Invalid partiti"),
        (("slurm.memory_gb=999",), "Memory specification can not be satisfied; Batch job submission failed: Request"),
        (("slurm.gpus=1",), "Invalid generic resource"),
    ],
)
def test_what_the_cluster_refuses_is_a_line(fit, words, cause, capfd):
    with pytest.raises(RunError, match=rf"slurm: the job array was refused \({cause}.*see the keys of slurm") as error:
        fit(*SLURM, *words)
    assert error.value.code == 73
    assert capfd.readouterr().err == ""


def test_who_waits_is_told_why_and_ctrl_c_leaves_nothing_in_the_queue(fit, monkeypatch, capfd, cluster):
    monkeypatch.setattr("experiment.launchers.slurm.WAIT_SECONDS", 2.0)
    interrupts, shown = Interrupts(), []

    def interrupt():
        while "waiting" not in "".join(shown):
            shown.append(capfd.readouterr().err)
            time.sleep(0.1)
        os.kill(os.getpid(), 2)

    Thread(target=interrupt, daemon=True).start()
    with interrupts, pytest.raises(Interrupted):
        fit(*SLURM, "slurm.partition=closed", interrupts=interrupts)
    assert "".join(shown) == "lightning: no task has started after 2 s, SLURM says why: PartitionDown; waiting\n"
    assert cluster.jobs() == ""


def test_tasks_that_a_killed_coordinator_has_left_are_cancelled_when_the_next_one_ends(
    fit, directory, tmp_path, pretend, cluster
):
    comment = str(directory.root.resolve())
    for own in (comment, f"{comment}_of_another_run"):
        cluster.asked("sbatch", "--begin=now+1hour", f"--comment={own}", "--output=/dev/null", "--wrap=true")
    before = cluster.jobs("--states=CANCELLED").splitlines()
    assert_as_alone(fit(*SLURM), directory, tmp_path, pretend)
    wait_until(lambda: len(cluster.jobs().splitlines()) == 1)
    assert len(cluster.jobs("--states=CANCELLED").splitlines()) == len(before) + 1  # what has finished is not cancelled
