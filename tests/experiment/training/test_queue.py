"""One queue of the parts of several jobs, with devices that train nothing and a clock that is counted."""

import signal
from types import SimpleNamespace

import pytest

from experiment.run.exit_codes import NUMERICAL_FAILURE, RunError
from experiment.training.interrupts import SAVING, Interrupted
from experiment.training.workers.parts import Part
from experiment.training.workers.queue import Ended, Queue, tell_idle


class Job:
    """A job whose parts have so many members; one is finished when a device has trained it."""

    def __init__(self, *sizes: int) -> None:
        self.open = [Part(f"{number:04d}", 0, size) for number, size in enumerate(sizes)]
        self.parts, self.learner = self, "lightning"

    def unfinished(self) -> list[Part]:
        return list(self.open)


class Devices:
    """A pool: a part of n members takes n ticks. `answers` says how the tasks end that do not end well."""

    def __init__(self, devices: int, answers=()) -> None:
        self.devices, self.answers = devices, list(answers)
        self.running, self.begun, self.busy, self.signals = {}, [], [], []

    def room(self) -> int:
        return self.devices - len(self.running)

    def begin(self, tasks) -> None:
        assert 0 < len(tasks) <= self.room()
        self.running |= {task: len(task.part) for task in tasks}
        self.begun += tasks

    def ended(self, seconds: float) -> list[Ended]:
        if not seconds:
            return []
        self.busy.append(len(self.running))
        self.running = {task: left - 1 for task, left in self.running.items()}
        over = [task for task, left in self.running.items() if left <= 0]
        return [self._ended(task) for task in over]

    def signal(self, tasks, number: int) -> None:
        tasks = [task for task in tasks if task in self.running]
        self.signals += [(task.part.name, number) for task in tasks]
        if number != SAVING:
            self.running |= dict.fromkeys(tasks, 0)
            self.answers += [(task, {"code": 128 + number, "signal": number}) for task in tasks]

    def _ended(self, task) -> Ended:
        del self.running[task]
        for place, (key, answer) in enumerate(self.answers):
            if key in (task, task.job):
                del self.answers[place]
                return Ended(task, answer, "it has died" * (answer is None))
        task.job.open.remove(task.part)
        return Ended(task, {})


def drained(queue):
    """The jobs in the order in which they were over, each with what went wrong."""
    over = []
    while queue.jobs:
        over += queue.turn()
    return over


def test_no_device_idles_while_another_one_trains_the_last_part_of_a_job():
    jobs, devices = [Job(3, 1), Job(2, 2), Job(4)], Devices(2)
    queue = Queue(devices)
    for job in jobs:
        queue.add(job)
    assert drained(queue) == [(jobs[2], None), (jobs[0], None), (jobs[1], None)]
    assert [len(task.part) for task in devices.begun] == [4, 3, 2, 2, 1]
    assert devices.busy == [2] * 6  # 12 ticks of work
    assert sum(devices.busy) == 12


def test_every_device_is_at_work_while_somebody_reads_the_results_of_a_job():
    first, devices = Job(3), Devices(1)
    queue = Queue(devices)
    for job in (first, Job(2, 1)):
        queue.add(job)
    while not (over := queue.turn()):
        pass
    assert over == [(first, None)]
    assert len(devices.running) == 1


def test_work_is_members_times_what_a_member_takes():
    small, large, devices = Job(5, 1), Job(2, 1), Devices(1)
    queue = Queue(devices)
    assert (queue.add(small, work=1.0), queue.add(large, work=10.0)) == (2, 2)
    drained(queue)
    assert [task.job for task in devices.begun] == [large, large, small, small]


def test_of_a_job_that_fails_no_part_is_begun_any_more_and_the_others_go_on():
    wrong, right = Job(3, 3, 3), Job(2, 1)
    devices = Devices(2, [(wrong, {"code": 1, "message": "the net is a loop"})])
    queue = Queue(devices)
    for job in (wrong, right):
        queue.add(job)
    (first, error), second = drained(queue)
    assert (first, str(error), error.code) == (wrong, "the net is a loop", 1)
    assert second == (right, None)
    assert [task.job for task in devices.begun] == [wrong, wrong, right, right]


def test_another_part_of_a_failed_job_saves_its_state():
    wrong, devices = Job(4, 3), Devices(2)
    queue = Queue(devices)
    queue.add(wrong)
    queue.turn()
    devices.answers.append((queue.running[1], {"code": 1, "message": "no"}))
    ((_, error),) = drained(queue)
    assert str(error) == "no"
    assert devices.signals == [("0000", signal.SIGTERM)]


def test_a_part_whose_process_has_died_is_trained_again_and_given_up_the_third_time(capsys):
    once, always, right = Job(2), Job(1), Job(1)
    devices = Devices(1, [(once, None), *[(always, None)] * 3])
    queue = Queue(devices)
    for job in (once, always, right):
        queue.add(job)
    found = dict(drained(queue))
    assert found[once] is found[right] is None
    assert (found[always].code, str(found[always])) == (
        NUMERICAL_FAILURE,
        "members 0 to 0 have died 3 times; continue with --resume",
    )
    assert [task.job for task in devices.begun] == [once, once, always, always, always, right]
    assert capsys.readouterr().err.splitlines() == ["lightning: it has died"] * 4


def test_a_signal_is_passed_on_once_nothing_begins_after_it_and_it_is_raised_when_all_is_saved():
    job, devices = Job(9, 8, 1), Devices(2)
    interrupts = SimpleNamespace(received=None, wants_state=False, listen=lambda: None)
    queue = Queue(devices, interrupts)
    queue.add(job)
    queue.turn()
    interrupts.wants_state = True
    queue.turn()
    assert devices.signals == [("0000", SAVING), ("0001", SAVING)]
    interrupts.received = signal.SIGINT
    with pytest.raises(Interrupted, match="SIGINT"):
        drained(queue)
    assert devices.signals[2:] == [("0000", signal.SIGINT), ("0001", signal.SIGINT)]
    assert len(devices.begun) == 2
    assert len(job.open) == 3


def test_a_job_that_is_over_when_a_signal_comes_is_given_before_that_is_raised():
    done, devices = Job(), Devices(1)
    interrupts = SimpleNamespace(received=signal.SIGTERM, wants_state=False, listen=lambda: None)
    queue = Queue(devices, interrupts)
    queue.add(done)
    assert queue.turn() == [(done, None)]
    with pytest.raises(Interrupted, match="SIGTERM"):
        queue.turn()


def test_without_a_device_the_queue_is_over():
    class NoDevice(Devices):
        def room(self):
            raise RunError(137, "no worker is left")

    queue = Queue(NoDevice(1))
    queue.add(Job(1))
    with pytest.raises(RunError, match="no worker is left"):
        queue.turn()


def test_idle_devices_are_told(capsys):
    assert not tell_idle("lightning", 2, 2)
    assert not tell_idle("lightning", 0, 2)
    assert tell_idle("lightning", 3, 2)
    assert "devices: 1 of 3 have nothing to do; there are 2 parts to train" in capsys.readouterr().err
