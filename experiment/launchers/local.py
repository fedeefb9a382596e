"""This machine: a worker process for each device, which takes one part after the other."""

import pickle
import selectors
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

from configs.schema import Study
from experiment.record.history import History
from experiment.record.log import log, tell
from experiment.run.exit_codes import RunError
from experiment.training.interrupts import ENDING, SAVING, Interrupted, Interrupts
from experiment.training.workers.following import Following
from experiment.training.workers.part_training import Job
from experiment.training.workers.sharing import device_environments, num_devices
from experiment.training.workers.workers import FOLLOW_SECONDS, Worker


class LocalWorkers:
    """Worker processes on this machine, started when there is work for them."""

    def __init__(self, framework: str, study: Study, debug: bool) -> None:
        """For the devices of `study`. Raises StudyError if there are too few GPUs."""
        self.framework, self.training, self.debug = framework, study.training, debug
        self.environments = device_environments(study)
        self.alive: dict[int, Worker] = {}

    def study(self, study: Study) -> Study:
        """The `study` as the workers train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def train(self, job: Job, interrupts: Interrupts, history: History) -> None:
        """Train until all parts of `job` are finished, and write what comes of it into `history`.

        Raises Interrupted if a signal came, RunError if a worker has failed or none is left.
        """
        waiting = job.parts.unfinished()
        if not waiting:
            return
        self._start(min(len(self.environments), len(waiting)))
        with TemporaryFile() as file, Following(job, history) as following:
            pickle.dump(job, file, protocol=pickle.HIGHEST_PROTOCOL)
            file.flush()
            for worker in self.alive.values():
                worker.hand(file)
            endings = self._wait(interrupts, following)
        self._judge(endings, job, interrupts)

    def close(self) -> None:
        """End all workers."""
        for number in [*self.alive]:
            self.alive.pop(number).close()

    def _start(self, count: int) -> None:
        idle = len(self.environments) - count
        if idle:
            unused = f"devices: {idle} of {len(self.environments)} have nothing to do; {_few_parts(count)}"
            log.info(unused)
            if not self.alive:  # the jobs of a search come one after the other
                tell(f"{self.framework}: {unused}")
        for number in range(count):
            if number not in self.alive:
                self.alive[number] = Worker(self.framework, number, self.environments[number], self.debug)

    def _wait(self, interrupts: Interrupts, following: Following) -> list[dict[str, Any]]:
        """The answers of all workers but those that have nothing to say; one that has died answers with its code."""
        answers: list[dict[str, Any]] = []
        passed, failed = None, False
        with selectors.DefaultSelector() as selector:
            for worker in self.alive.values():
                selector.register(worker.line, selectors.EVENT_READ, worker)
            while selector.get_map():
                for key, _ in selector.select(FOLLOW_SECONDS):
                    selector.unregister(key.fileobj)
                    if answer := self._heard(key.data, told=interrupts.received is None and not failed):
                        answers.append(answer)
                        if "message" in answer:  # the run cannot go on: the others save their states
                            failed = True
                            self._signal(signal.SIGTERM)
                following.look()
                if interrupts.received != passed:
                    passed = interrupts.received
                    self._signal(passed or signal.SIGTERM)
                if interrupts.wants_state:
                    interrupts.wants_state = False
                    self._signal(SAVING)
        return answers

    def _heard(self, worker: Worker, told: bool) -> dict[str, Any] | None:
        answer = worker.answer()
        if answer == {}:
            return None
        del self.alive[worker.number]
        worker.close()
        if answer is None:
            code = worker.process.returncode
            answer = {"code": 128 - code if code < 0 else code, "signal": max(0, -code)}
        if "signal" in answer and told:
            ended = f"{self.framework}: worker {worker.number} was ended by {_named(answer)}"
            tell(f"{ended}; the others take over" if self.alive else ended)
        return answer

    def _signal(self, number: int) -> None:
        for worker in self.alive.values():
            if worker.works:
                worker.process.send_signal(number)

    def _judge(self, answers: Sequence[dict[str, Any]], job: Job, interrupts: Interrupts) -> None:
        for answer in answers:
            if "message" in answer:
                self.close()  # who has heard a signal ends at the next part
                raise RunError(answer["code"], answer["message"])
        if not job.parts.unfinished():
            return
        if interrupts.received is not None:
            raise Interrupted(interrupts.received)
        for answer in answers:
            if answer["signal"] in ENDING:
                raise Interrupted(answer["signal"])
        raise RunError(answers[-1]["code"], "no worker is left; continue with --resume")


@contextmanager
def workers(study: Study, framework: str, debug: bool) -> Iterator[LocalWorkers | None]:
    """The workers of a study with several devices; None for one, on which this process trains itself.

    Raises StudyError if there are too few GPUs.
    """
    if num_devices(study) == 1:
        yield None
        return
    local = LocalWorkers(framework, study, debug)
    try:
        yield local
    finally:
        local.close()


def _few_parts(count: int) -> str:
    parts = "all members train as one part" if count == 1 else f"there are {count} parts to train"
    return f"{parts}: a smaller stack.size makes more"


def _named(answer: dict[str, Any]) -> str:
    return signal.Signals(answer["signal"]).name if answer["signal"] else f"exit code {answer['code']}"
