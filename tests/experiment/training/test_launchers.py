"""Parts by Ray and by SLURM's tasks, with a framework that trains nothing: the answer of one process."""

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from threading import Thread

import pytest
from counting import ONCE, trained
from launched import STUDY, assert_as_alone
from slurm_here import slurm_here
from small import small

from experiment.launchers.folders import SharedFolder, keep_results
from experiment.launchers.ray_actor import Device
from experiment.launchers.ray_cluster import cause_of, free_room, num_actors
from experiment.run.exit_codes import RunError
from experiment.training.interrupts import Interrupted, Interrupts
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part, Parts

SLURM = ("launcher=slurm", "slurm.executor=local")


@pytest.fixture
def ray(ray_address):
    """Two actors of the cluster that these tests share: what is killed is never the cluster."""
    return ("launcher=ray", "training.devices=2", f"ray.address={ray_address}")


def test_tasks_of_slurm_train_a_part_each_and_their_result_is_that_of_one_process(fit, directory, tmp_path, pretend):
    assert_as_alone(fit(*SLURM), directory, tmp_path, pretend)
    assert len({process for process, _, _ in trained(tmp_path)}) == 2


class Evil:
    """What a pickle of a stranger may be: to read it is to run it."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return Path.touch, (self.place,)


def test_no_pickle_is_read_that_a_run_directory_brings_along(fit, directory, tmp_path):
    folder = directory.root / "slurm"
    folder.mkdir()
    content = pickle.dumps(("success", Evil(tmp_path / "evil")))
    (folder / "job_0.pickle").write_bytes(content)
    newest = subprocess.Popen(["true"])  # submitit names files by the number of a process: one of the next ones
    newest.wait()
    for number in range(newest.pid, newest.pid + 2000):
        for name in (f"{number}_submitted.pkl", f"{number}_0_result.pkl"):
            os.link(folder / "job_0.pickle", folder / name)
    assert fit(*SLURM).weights["output.kernel"].tolist() == [[6.0]] * 6
    assert not (tmp_path / "evil").exists()
    assert pickle.loads(content)[0] == "success"
    assert (tmp_path / "evil").exists()


def test_a_folder_of_tasks_behind_a_link_is_refused(fit, directory, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (directory.root / "slurm").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="is a link"):
        fit(*SLURM)


def test_a_job_that_was_changed_after_it_was_submitted_is_not_read(tmp_path):
    from experiment.launchers.slurm_task import ArrayTask

    (tmp_path / "job.pickle").write_bytes(pickle.dumps(Evil(tmp_path / "evil")))
    task = ArrayTask(tmp_path / "job.pickle", sha256(b"another job").hexdigest(), Part("0000", 0, 1), False)
    with pytest.raises(RunError, match="is not the job that was submitted"):
        task._job()
    assert not (tmp_path / "evil").exists()


def test_what_slurm_has_set_for_the_job_that_submits_is_hidden_from_its_tasks(monkeypatch):
    from experiment.launchers.slurm_arrays import outside_of_jobs

    own = ("SLURM_CPUS_PER_TASK", "SLURM_CPU_BIND", "SRUN_DEBUG", "SLURM_CONF", "SBATCH_ACCOUNT", "SUBMITIT_EXECUTOR")
    for name in own:
        monkeypatch.setenv(name, "1")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with outside_of_jobs():  # of a shell on the node where jobs are submitted
        assert {*own} <= {*os.environ}
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    with outside_of_jobs():
        assert {*own} & {*os.environ} == {"SLURM_CONF", "SBATCH_ACCOUNT", "SUBMITIT_EXECUTOR"}
    assert {*own, "SLURM_JOB_ID"} <= {*os.environ}


@pytest.mark.slow
def test_a_task_that_is_near_its_time_limit_saves_its_state_and_goes_on_from_there(fit, directory, tmp_path, pretend):
    found = fit(*SLURM, hook=ONCE.format(act="os.kill(os.getpid(), signal.SIGUSR1)"))
    assert_as_alone(found, directory, tmp_path, pretend)
    epochs = [(process, epoch) for process, fold, epoch in trained(tmp_path) if fold == 0]
    assert [epoch for _, epoch in epochs] == [0, 1, 2, 3, 4, 5]  # no epoch twice
    assert len({process for process, _ in epochs}) == 2


@pytest.mark.slow
def test_a_killed_task_is_submitted_again(fit, directory, tmp_path, pretend, capsys):
    found = fit(*SLURM, hook=ONCE.format(act="os.kill(os.getpid(), signal.SIGKILL)"))
    assert_as_alone(found, directory, tmp_path, pretend)
    assert "the task of members 0 to 2 has died; it is submitted again" in capsys.readouterr().err


def test_slurm_is_asked_for_what_the_study_says():
    from experiment.launchers.slurm_arrays import parameters

    study, _ = small("slurm.partition=gpu", "slurm.gpus=1", "slurm.minutes=30", "slurm.setup=[module load cuda]")
    asked = parameters(study.slurm, "name")
    assert asked["slurm_partition"] == "gpu"
    assert (asked["timeout_min"], asked["gpus_per_node"], asked["slurm_signal_delay_s"]) == (30, 1, 120)
    assert asked["slurm_setup"] == ["export LOKY_MAX_CPU_COUNT=2", "module load cuda"]
    assert "slurm_account" not in asked


def test_without_slurm_it_is_a_line(fit, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match="launcher: slurm needs the command sbatch, which is not here; run this on"):
        fit("launcher=slurm")


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """The commands of a SLURM, as a job sees them that submits others: the folder of what they were asked."""
    folder = slurm_here(tmp_path / "slurm")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr("experiment.launchers.slurm_queues.ASK_SECONDS", 1.0)
    for name in ("SLURM_JOB_ID", "SLURM_CPUS_PER_TASK", "SLURM_CPU_BIND", "SLURM_CONF"):
        monkeypatch.setenv(name, "1")
    return folder


ASKED = (
    "--array=0-1%2", "--signal=USR1@120", "--requeue", "--time=30", "--cpus-per-task=2", "--gpus-per-node=1",
    "--mem=8GB", "--partition=gpu", "--open-mode=append",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("end", ["SIGUSR1", "SIGKILL"])
def test_an_array_of_slurm_whose_task_nears_its_limit_or_is_killed_gives_the_answer_of_one_process(
    fit, directory, tmp_path, pretend, slurm, end
):
    words = ("slurm.partition=gpu", "slurm.gpus=1", "slurm.minutes=30", "slurm.memory_gb=8")
    found = fit("launcher=slurm", *words, hook=ONCE.format(act=f"os.kill(os.getpid(), signal.{end})"))
    assert_as_alone(found, directory, tmp_path, pretend)
    epochs = [(process, epoch) for process, fold, epoch in trained(tmp_path) if fold == 0]
    assert [epoch for _, epoch in epochs] == [0, 1, 2, 3, *[3] * (end == "SIGKILL"), 4, 5]
    assert len({process for process, _ in epochs}) == 2
    lines = (slurm / "script_77.sh").read_text().splitlines()
    assert {f"#SBATCH {one}" for one in ASKED} <= {*lines}
    assert len([*slurm.glob("script_*")]) == 1 + (end == "SIGKILL")  # what is requeued is not submitted again
    told = json.loads((slurm / "submitted.json").read_text())
    assert told.keys() & {"SLURM_JOB_ID", "SLURM_CPUS_PER_TASK", "SLURM_CPU_BIND"} == set()
    assert (told["SLURM_CONF"], told["SUBMITIT_PREEMPT_SIGNAL"]) == ("1", "USR1")


@pytest.mark.slow
def test_a_cluster_that_lets_in_few_tasks_gets_the_others_when_those_have_ended(
    fit, directory, tmp_path, pretend, monkeypatch, capsys
):
    launcher = import_module("experiment.launchers.slurm")
    inside, submit = [], launcher.submit

    def submit_few(tasks, *rest):
        if len(tasks) + sum(not one.done() for one in inside) > 2:
            raise launcher.Refused("MaxSubmitJobs is 2")
        submitted = submit(tasks, *rest)
        inside.extend(submitted)
        return submitted

    monkeypatch.setattr(launcher, "submit", submit_few)
    found = fit(*SLURM, "stack.size=2", hook="    time.sleep(0.2)")
    assert_as_alone(found, directory, tmp_path, pretend, "stack.size=2")
    told = "lightning: 2 tasks are in the queue, and 1 more once those have ended (MaxSubmitJobs is 2)\n"
    assert capsys.readouterr().err == told


@pytest.mark.slow
def test_tasks_that_cannot_start_are_told_and_given_up(fit, capsys):
    words = (*SLURM, "slurm.setup=[echo no module named cuda >&2, exit 1]", "stack.size=auto")
    with pytest.raises(RunError, match="have died 3 times"):
        fit(*words)
    assert "the task of members 0 to 5 has died" in capsys.readouterr().err


@pytest.mark.slow
def test_actors_of_ray_share_the_parts_and_the_one_table_and_their_result_is_that_of_one_process(
    fit, ray, directory, tmp_path, pretend, monkeypatch
):
    sent, known = [], import_module("experiment.launchers.ray").ray
    put = known.put
    monkeypatch.setattr(known, "put", lambda value: sent.append(type(value).__name__) or put(value))
    assert_as_alone(fit(*ray), directory, tmp_path, pretend)
    assert sent == ["Table", "FoldData"]
    assert len({process for process, _, _ in trained(tmp_path)}) == 2


@pytest.mark.slow
def test_where_no_folder_is_shared_the_results_are_sent(fit, ray, directory, tmp_path, pretend, monkeypatch):
    monkeypatch.setattr(
        SharedFolder, "__getstate__", lambda self: {"path": Path("/nowhere"), "word": ""}, raising=False
    )
    assert_as_alone(fit(*ray), directory, tmp_path, pretend)


@pytest.mark.slow
def test_a_killed_worker_of_ray_costs_its_part_alone(fit, ray, directory, tmp_path, pretend, capsys):
    found = fit(*ray, hook=ONCE.format(act="os.kill(os.getpid(), signal.SIGKILL)"))
    assert_as_alone(found, directory, tmp_path, pretend)
    assert "what trained members 0 to 2 has died; they go on elsewhere" in capsys.readouterr().err
    assert [epoch for _, fold, epoch in trained(tmp_path) if fold == 0] == [0, 1, 2, 3, 3, 4, 5]


@pytest.mark.slow
def test_a_killed_actor_costs_its_part_alone(fit, ray, directory, tmp_path, pretend):
    found = fit(*ray, hook=ONCE.format(act="os.kill(os.getppid(), signal.SIGKILL); time.sleep(20)"))
    assert_as_alone(found, directory, tmp_path, pretend)


class Elsewhere(Device):
    """An actor whose module no other process can import, as on a machine without this folder."""


@pytest.mark.slow
def test_an_actor_that_cannot_start_ends_the_run_in_a_line_with_cause_and_cure(fit, ray, monkeypatch):
    monkeypatch.setattr("experiment.launchers.ray.Device", Elsewhere)
    with pytest.raises(RunError, match=r"actor of Ray cannot start \(ModuleNotFoundError: .*\); each machine needs"):
        fit(*ray)


BROKEN = """
from experiment.launchers.ray_actor import Device
class Broken(Device):
    def __init__(self, learner, number, cores, debug):
        if number == 0:
            raise RuntimeError("the driver is too old")
        super().__init__(learner, number, cores, debug)
"""


@pytest.mark.slow
def test_where_one_actor_cannot_start_the_others_train_its_parts(
    fit, ray, directory, tmp_path, pretend, monkeypatch, capsys
):
    (tmp_path / "broken_device.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("experiment.launchers.ray.Device", import_module("broken_device").Broken)
    assert_as_alone(fit(*ray), directory, tmp_path, pretend)
    told = "an actor of Ray cannot start (RuntimeError: the driver is too old); the others take over"
    assert capsys.readouterr().err == f"lightning: {told}\n"


@pytest.mark.slow
def test_no_part_waits_for_an_actor_that_has_no_room_and_who_waits_is_told(
    fit, ray, ray_address, directory, tmp_path, pretend, monkeypatch, capsys
):
    monkeypatch.setattr("experiment.launchers.ray.WAIT_SECONDS", 0.0)
    with subprocess.Popen([sys.executable, "-c", TENANT, ray_address], stdin=-1, stdout=-1) as tenant:
        assert tenant.stdout.readline() == b"here\n"  # with three of the four cores
        assert_as_alone(fit(*ray, hook="    time.sleep(0.3)"), directory, tmp_path, pretend)
        tenant.stdin.close()
    assert len({process for process, _, _ in trained(tmp_path)}) == 1
    told = r"lightning: \d of 2 actors of Ray have not started after 0 s \(\d of 4 cores are free\); waiting\n"
    assert re.fullmatch(told, capsys.readouterr().err)


TENANT = """
import sys, ray
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="error")
class Tenant:
    def here(self): return "here"
tenant = ray.remote(Tenant).options(num_cpus=3).remote()
print(ray.get(tenant.here.remote()), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("words", "machines", "found"),
    [
        ((), [{"CPU": 4.0}, {"CPU": 3.0}], (False, 7)),
        (("ray.cores=2",), [{"CPU": 4.0}, {"CPU": 3.0}], (False, 3)),
        (("ray.cores=3",), [{"CPU": 2.0}, {"CPU": 2.0}], "room for 0 actors of 3 cores, and ray.cores is 3"),
        (("ray.cores=2", "training.devices=2"), [{"CPU": 3.0}] * 1, "1 actors of 2 cores, and training.devices is 2"),
        (("training.devices=2",), [{"CPU": 64.0}], (False, 2)),
        ((), [{"CPU": 8.0, "GPU": 4.0}, {"CPU": 1.0, "GPU": 2.0}, {"CPU": 9.0}], (True, 5)),
        (("training.devices=6",), [{"CPU": 4.0, "GPU": 8.0}], "room for 4 actors of a GPU and 1 core, and"),
        (("training.accelerator=cpu",), [{"CPU": 2.0, "GPU": 8.0}], (False, 2)),
        (("training.accelerator=gpu",), [{"CPU": 2.0}], "no machine has a GPU that Ray knows of"),
        ((), [], "room for 0 actors of 1 core, and ray.cores is 1"),
    ],
)
def test_actors_are_as_many_as_the_machines_have_room_for_each_by_itself(words, machines, found):
    study, _ = small("launcher=ray", *words)
    if isinstance(found, str):
        with pytest.raises(ValueError, match=found):
            num_actors(study, machines)
    else:
        assert num_actors(study, machines) == found


def test_the_cause_of_an_actor_that_could_not_start_is_the_last_line_and_one_that_died_has_none():
    said = "The actor died because of an error raised in its creation task, ray::Device\nModuleNotFoundError: No m\n"
    assert cause_of(RuntimeError(said)) == "ModuleNotFoundError: No m"
    died = RuntimeError("The actor died unexpectedly before finishing this task.\n\tclass_name: Device")
    died.actor_init_failed = False
    assert cause_of(died) == ""
    assert free_room({"CPU": 1.0}, {"CPU": 4.0, "GPU": 2.0}) == "1 of 4 cores and 0 of 2 GPUs are free"


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["local", "ray"])
def test_a_worker_whose_framework_cannot_be_imported_says_so_wherever_it_is(fit, capfd, launcher, request):
    launched = ("training.devices=2",) if launcher == "local" else request.getfixturevalue("ray")
    cause = r"cannot be imported \(ModuleNotFoundError: No module named 'a_package_that_is_missing'\); run `make"
    with pytest.raises(RunError, match=cause) as error:
        fit(*launched, hook="    pass\nimport a_package_that_is_missing")
    assert error.value.code == 2
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["submitit", "ray", "slurm"])
def test_a_signal_ends_it_and_it_goes_on(fit, directory, tmp_path, pretend, launcher, request, capfd):
    request.getfixturevalue("slurm")
    launched = {"submitit": SLURM, "slurm": ("launcher=slurm",)}.get(launcher) or request.getfixturevalue("ray")
    interrupts = Interrupts()

    def interrupt():
        while not (tmp_path / "trained").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=interrupt, daemon=True).start()
    with interrupts, pytest.raises(Interrupted):
        fit(*launched, hook="    time.sleep(1.0)", interrupts=interrupts)
    assert capfd.readouterr().err == ""
    before = len(trained(tmp_path))
    assert before < 12
    assert_as_alone(fit(*launched), directory, tmp_path, pretend)
    assert len(trained(tmp_path)) == 12  # no epoch twice


def test_only_files_of_parts_are_taken_from_another_machine(directory):
    study, folds = small(*STUDY)
    job = Job(study, folds, directory, Parts(directory.checkpoints, 6, 3, {}))
    for name in ("../study.yaml", "job.pickle", "part_0000.safetensors/../x", ""):
        with pytest.raises(RunError, match="is no file of a part"):
            keep_results(job, {name: b""})
    keep_results(job, {"part_0000a.safetensors": json.dumps({}).encode()})
    assert (directory.checkpoints / "part_0000a.safetensors").read_bytes() == b"{}"
