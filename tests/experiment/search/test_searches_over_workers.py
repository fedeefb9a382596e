"""Searches whose stacks are trained by the processes of a launcher: the record and the files of one process."""

import os
import signal
import time
from functools import partial
from threading import Thread

import pytest
from counting import ONCE, SLOW, as_rated, install, trained
from pretence import Pretence, checked
from searching import RATE, Listed, Searched

from experiment.record.log import kept_in
from experiment.run.exit_codes import CANNOT_WRITE, DONE, RunError
from experiment.search.conducting import search
from experiment.search.trials_file import read_trials, trials_file
from experiment.training.fitting import fit_stacks
from experiment.training.interrupts import Interrupted, Interrupts
from experiment.training.workers.queue import Ended
from experiment.training.workers.several import ByWorkers, in_turn
from experiment.training.workers.worker import Networks, answer_to
from experiment.training.workers.workers import workers_of

pytestmark = pytest.mark.needs("lightning")

HIDDEN = "model.hidden"
STUDY = ("folds.splits=4", "training.max_epochs=6", "stack.size=3", "output.tensorboard=false")
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
LAUNCHERS = {
    "local": ("training.devices=2",),
    "slurm": ("launcher=slurm", "slurm.executor=local"),
    "ray": ("launcher=ray", "training.devices=2"),
}


def rounds():
    """Four stacks after the study as written: of two trials, of one, and again."""
    return Listed([], [{RATE: 0.1}, {HIDDEN: [9]}, {RATE: 0.2}], [{RATE: 0.3, HIDDEN: [9]}, {HIDDEN: [7]}])


@pytest.fixture
def searched(tmp_path, monkeypatch, request):
    """Search by a launcher, in whose processes `hook` runs after each epoch."""

    known = {}

    def run(launcher, hook=SLOW, interrupts=None):
        words = LAUNCHERS[launcher]
        if launcher == "ray":
            words += (f"ray.address={request.getfixturevalue('ray_address')}",)
        install(tmp_path, monkeypatch, hook)
        if not known:
            known["shared"] = Searched(tmp_path / "shared", *STUDY, *words)
        study, folds, directory = known["shared"].study, known["shared"].folds, known["shared"].directory
        with (
            kept_in(directory.log),
            workers_of(study, directory, debug=False) as workers,
            interrupts or Interrupts() as signals,
        ):
            code = search(ByWorkers(checked, workers, signals), study, folds, directory, lambda *_: rounds())
        return directory, code

    return run


def assert_as_alone(directory, tmp_path):
    """It has the trials and predictions of a search in one process."""
    alone = Searched(tmp_path / "alone", *STUDY)
    fit = partial(fit_stacks, fit_part=as_rated(Pretence()))
    code = search(in_turn(fit), alone.study, alone.folds, alone.directory, lambda study, fold: rounds())
    assert code == DONE
    own, other = ([trial._replace(seconds=0.0) for trial in read_trials(trials_file(one))]
                  for one in (directory, alone.directory))  # fmt: skip
    assert own == other
    assert len({trial.objective for trial in own}) == 4
    for name in ("predictions", "validation"):
        assert getattr(directory, name).read_bytes() == getattr(alone.directory, name).read_bytes()
    assert [*(directory.root / "trials").glob("*")]
    assert not (directory.root / "groups").exists()
    assert not (directory.root / "slurm").exists()


class Inline:
    """Two devices in this process: a part is trained when it is asked what has ended. `fate` may end it otherwise."""

    def __init__(self, fate=lambda task: {}) -> None:
        self.devices, self.fate, self.running, self.begun = 2, fate, [], []
        self.train = Networks(checked, lambda *given, checked: as_rated(Pretence())(*given), Interrupts())

    def study(self, study):
        return study

    def room(self) -> int:
        return self.devices - len(self.running)

    def begin(self, tasks) -> None:
        self.running += tasks
        self.begun += tasks

    def ended(self, seconds: float) -> list[Ended]:
        if not seconds or not self.running:
            return []
        task = self.running.pop(0)
        answer = self.fate(task)
        if answer == {}:
            answer = answer_to(task.job, task.part, self.train, 0, debug=True)
        return [Ended(task, answer)]

    def signal(self, tasks, number) -> None:
        pass


def searched_inline(tmp_path, pool, *overrides):
    shared = Searched(tmp_path / "shared", *STUDY, *overrides)
    with Interrupts() as signals:
        fit_all = ByWorkers(checked, pool, signals)
        code = search(fit_all, shared.study, shared.folds, shared.directory, lambda *_: rounds())
    assert code == DONE
    return shared.directory


def test_the_parts_of_all_stacks_of_a_round_are_in_one_queue_the_largest_first(tmp_path):
    pool = Inline()
    assert_as_alone(searched_inline(tmp_path, pool), tmp_path)
    sizes = [(min(task.job.folds.trials), len(task.part)) for task in pool.begun]
    assert sizes[:2] == [(0, 3), (0, 1)]
    assert sizes[2:7] == [(1, 3), (1, 3), (2, 3), (1, 2), (2, 1)]
    assert sorted(sizes[7:]) == [(4, 1), (4, 3), (5, 1), (5, 3)]


def test_a_part_that_has_died_is_trained_again(tmp_path):
    dead = set()

    def fate(task):
        died = (task.job, task.part) not in dead and task.part.start == 3
        dead.add((task.job, task.part))
        return None if died else {}

    assert_as_alone(searched_inline(tmp_path, Inline(fate)), tmp_path)


def test_of_a_stack_that_fails_each_trial_is_trained_alone_and_the_other_stacks_go_on(tmp_path):
    pool = Inline(lambda task: {"code": 2, "message": "unlucky"} if 3 in task.job.folds.trials else {})
    directory = searched_inline(tmp_path, pool)
    trials = read_trials(trials_file(directory))
    assert [trial.status for trial in trials] == ["done", "done", "done", "failed", "done", "done"]
    assert trials[3].cause == "unlucky"
    assert [len(task.job.folds.trials) for task in pool.begun if 1 in task.job.folds.trials] == [2, 2, 1, 1]


def test_a_full_disk_ends_the_search_and_what_is_finished_stays(tmp_path):
    pool = Inline(lambda task: {"code": CANNOT_WRITE, "message": "No space left"} if 2 in task.job.folds.trials else {})
    with pytest.raises(RunError, match="No space left"):
        searched_inline(tmp_path, pool)
    assert read_trials(tmp_path / "shared" / "lightning" / "trials.jsonl")[0].status == "done"


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_search_by_the_processes_of_a_launcher_is_that_of_one_process(searched, tmp_path, launcher):
    directory, code = searched(launcher)
    assert code == DONE
    assert_as_alone(directory, tmp_path)
    assert len({process for process, _, _ in trained(tmp_path)}) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_killed_process_costs_the_search_its_part_alone(searched, tmp_path, launcher, capfd):
    directory, code = searched(launcher, hook=ONCE.format(act=KILLED))
    assert code == DONE
    assert_as_alone(directory, tmp_path)
    told = capfd.readouterr().err
    assert any(line in told for line in ("the others take over", "is submitted again", "they go on elsewhere"))
    epochs = [epoch for _, fold, epoch in trained(tmp_path) if fold == 0]
    assert len(epochs) == 5 * 6 + 1  # the epoch after the last state alone is trained twice


@pytest.mark.slow
def test_a_trial_that_kills_its_process_each_time_has_failed_and_the_search_goes_on(searched, tmp_path, monkeypatch):
    hook = "    if session.history.directory.root.parts[-4] == '0002_1': " + KILLED  # the group of trial 2
    directory, code = searched("ray", hook=hook)
    assert code == DONE
    trials = read_trials(trials_file(directory))
    assert [trial.status for trial in trials] == ["done", "done", "failed", "done", "done", "done"]
    assert trials[2].cause == "members 0 to 2 have died 3 times; continue with --resume"


@pytest.mark.slow
def test_a_signal_ends_a_search_by_workers_and_it_goes_on(searched, tmp_path):
    interrupts = Interrupts()

    def interrupt():
        while not (tmp_path / "trained").exists() or len(trained(tmp_path)) < 20:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=interrupt, daemon=True).start()
    with pytest.raises(Interrupted):
        searched("local", interrupts=interrupts)
    before = len(trained(tmp_path))
    directory, code = searched("local")
    assert code == DONE
    assert_as_alone(directory, tmp_path)
    assert len(trained(tmp_path)) <= 6 * 2 * 6 - before + before + 4


@pytest.mark.slow
def test_if_all_workers_of_a_search_are_killed_it_can_be_resumed(searched, tmp_path):
    with pytest.raises(RunError, match="no worker is left; continue with --resume") as error:
        searched("local", hook=f"    if epoch == 3: {KILLED}")
    assert error.value.code == 137
    directory, code = searched("local")
    assert code == DONE
    assert_as_alone(directory, tmp_path)
