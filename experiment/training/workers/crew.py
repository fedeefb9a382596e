"""The other processes of a training whose rows are shared: started, watched and ended by its first process."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from experiment.record.log import tell
from experiment.run.exit_codes import NUMERICAL_FAILURE, RunError
from experiment.training.children import launched
from experiment.training.interrupts import SIGNALS, answer, ended_by

LINE = "--line="
"""Option with the number of the socket to the first process."""
LIFE = "--life="
"""Option with the number of a pipe's file descriptor, whose other end the first process holds open until it ends."""
READY = True
"""What one of the others says when it can train; instead, or later, a code to exit with and a message."""
GRACE_SECONDS = 15.0
"""Time in which the first process, whose work with the others fails when one has ended, can say so itself."""


class Crew:
    """Processes number 1, 2, ... of a training, and a line to each; this process is number 0."""

    def __init__(self, framework: str, module: str, others: int) -> None:
        """Start so many `others`, each `python -m module`; they end by themselves if this process does."""
        self.over = threading.Event()
        self.framework = framework
        self.processes: list[subprocess.Popen] = []
        self.lines: list[Connection] = []
        self.said: dict[int, tuple[int, str]] = {}
        ours, theirs = os.pipe()
        self.files = [theirs]
        for rank in range(1, others + 1):
            mine, its = Pipe()
            launch = [sys.executable, "-P", "-m", "experiment.training.launch", framework, module]
            with its:
                words = [f"{LINE}{its.fileno()}", f"{LIFE}{ours}"]
                process, life = launched([*launch, *words], [its.fileno(), ours], apart=True)
            self.files.append(life)
            self.processes.append(process)
            self.lines.append(mine)
            threading.Thread(target=self._watch, args=[rank, process], daemon=True).start()
        os.close(ours)

    def cause(self) -> RunError | None:
        """Why the others cannot be reached: one of them has ended, or does within a few seconds; else None."""
        until = time.monotonic() + GRACE_SECONDS / 3
        while time.monotonic() < until and not self._failed():
            time.sleep(0.05)
        time.sleep(0.2)  # one that was killed takes others with it, which may say so first
        ended = self._failed() or [rank for rank, one in enumerate(self.processes, 1) if one.poll() is not None]
        return self._account(ended[0]) if ended else None

    def wait(self) -> None:
        """Until all others are ready. Raises RunError for what one of them says instead, EOFError if it has ended."""
        for line in self.lines:
            if (said := line.recv()) is not READY:
                raise RunError(*said)

    def dismiss(self) -> None:
        """The others are not needed any more."""
        self.over.set()
        for process, line in zip(self.processes, self.lines, strict=True):
            process.kill()
            process.wait()
            line.close()
        for file in self.files:
            os.close(file)

    def _watch(self, rank: int, process: subprocess.Popen) -> None:
        """End this process if it waits for ever for one that has ended, as GPUs do."""
        process.wait()
        if not self.over.wait(GRACE_SECONDS):
            error = self._account(self._failed()[0] if self._failed() else rank)
            tell(f"{self.framework}: {error}")
            for other in self.processes:
                other.kill()
            os._exit(error.code)

    def _failed(self) -> list[int]:
        """Numbers of those that were killed, that say what is wrong, or that have ended with a code, in this order."""
        for rank, line in enumerate(self.lines, 1):
            with suppress(EOFError, OSError):
                while line.poll():
                    if (said := line.recv()) is not READY:
                        self.said[rank] = said
        codes = {rank: one.poll() or 0 for rank, one in enumerate(self.processes, 1)}
        killed, failed = ([rank for rank in codes if sign * codes[rank] > 0] for sign in (-1, 1))
        return [*killed, *self.said, *failed]

    def _account(self, rank: int) -> RunError:
        """What one has said last, or how it has ended."""
        code = self.processes[rank - 1].returncode or 0
        if rank in self.said and code >= 0:
            return RunError(*self.said[rank])
        return _ended(rank, len(self.processes) + 1, code)


@contextmanager
def crew(framework: str, module: str, others: int) -> Iterator[Crew]:
    """Start `others`; they are dismissed at the end.

    Raises RunError, with the code of the one that has ended, where what is done with them fails for that, or where they
    cannot be reached.
    """
    started = Crew(framework, module, others)
    try:
        yield started
    except (ConnectionError, EOFError) as error:
        cause = f"the processes that share rows do not reach each other ({str(error) or type(error).__name__})"
        raise started.cause() or RunError(NUMERICAL_FAILURE, f"{cause}; go on with --resume") from error
    finally:
        started.dismiss()


def line_of(words: Sequence[str]) -> Connection:
    """In one of the others: the line to the first process, by the options `words`.

    This process ends as soon as that one has, and passes signals on to it, which alone saves states.
    """
    options = {name: int(word.removeprefix(name)) for name in (LINE, LIFE) for word in words if word.startswith(name)}
    first = os.getppid()
    threading.Thread(target=_outlive, args=[options[LIFE]], daemon=True).start()
    for number in SIGNALS:
        answer(number, lambda number, frame: os.kill(first, number) if os.getppid() == first else None)
    return Connection(options[LINE])


def _outlive(life: int) -> None:
    os.read(life, 1)
    os._exit(NUMERICAL_FAILURE)  # whatever the framework is waiting for


def _ended(rank: int, count: int, code: int) -> RunError:
    """What to say of process number `rank` of `count` that has ended with `code`, as `subprocess` has it."""
    how = ended_by(-code) if code < 0 else f"has ended with exit code {code}"
    cure = "the newest state is kept, so go on with --resume"
    return RunError(128 - code if code < 0 else code or NUMERICAL_FAILURE, f"rank {rank} of {count} {how}; {cure}")
