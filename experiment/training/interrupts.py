"""Signal handling: Ctrl-C, SIGTERM and SIGHUP end a training once its state is saved, SIGUSR1 only saves it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import Popen
from types import FrameType, TracebackType
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAVING = signal.SIGUSR1
"""Signal that SLURM sends before a job's time limit, if configured."""
SIGNALS = (*ENDING, SAVING)
# One signal may come twice: `timeout` sends it to its command and to the process group of that.
ECHO_SECONDS = 0.2


class Interrupted(Exception):
    """A signal stopped the run after its state was saved; `code` is 128 + the signal, as in a shell."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.code = 128 + number


class Stopped(KeyboardInterrupt):
    """As `Interrupted`, without a state to save: unfinished files are removed."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.code = 128 + number


class Repeats:
    """Distinguishes a second signal from a duplicate of the first one."""

    def __init__(self) -> None:
        """No signal has been received yet."""
        self.first: float | None = None

    def is_second(self) -> bool:
        """Register a signal now; return whether it is no duplicate of the first one."""
        now = time.monotonic()
        self.first = now if self.first is None else self.first
        return now - self.first > ECHO_SECONDS


class Interrupts:
    """Signal handlers of a training: `received` is the signal that ends it, `wants_state` requests a checkpoint.

    As a context manager it restores the previous handlers at the end; not in a child that has been told to end.
    """

    def __init__(self, alone: bool = True, saving_ends: bool = False) -> None:
        """`alone`: without a parent process that kills this one at a second signal.

        `saving_ends`: a request to save the state ends the training, too; what started it goes on elsewhere.
        """
        self.alone, self.saving_ends = alone, saving_ends
        self.received: int | None = None
        self.wants_state = False
        self.repeats = Repeats()
        self.before: dict[signal.Signals, Any] = {}

    def listen(self) -> None:
        """Install the handlers, also over those of a framework, except for ignored signals."""
        for number in SIGNALS:
            before = self.before.setdefault(number, signal.getsignal(number) or signal.SIG_DFL)
            signal.signal(number, before if before == signal.SIG_IGN else self._receive)

    def __enter__(self) -> "Interrupts":
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.received is not None and not self.alone:
            return  # what the parent passes on may come late, and must not end a process that has yet to say so
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if number == SAVING and not self.saving_ends:
            self.wants_state = True
            return
        second = self.repeats.is_second()
        if self.received is None:
            self.received = number
        elif second and self.alone:
            raise SystemExit(128 + number)


def ended_by(number: int) -> str:
    """Message on a process that the signal has ended."""
    reason = " (the system does that when memory runs out)" if number == signal.SIGKILL else ""
    return f"was ended by {signal.Signals(number).name}{reason}"


def is_ending() -> bool:
    """Whether this process trains, and has received a signal that ends that."""
    training = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return isinstance(training, Interrupts) and training.received is not None


class Stop:
    """A handler that raises Stopped at the first signal, and lets a second one end the process."""

    def __init__(self) -> None:
        """No signal has been received yet."""
        self.repeats = Repeats()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Raise Stopped, or at a second signal end the process."""
        first = self.repeats.first is None
        if self.repeats.is_second():
            end(number, frame)
        if first:
            raise Stopped(number)


def end(number: int, frame: FrameType | None) -> None:
    """End the process by the signal's default action. A handler is needed: polars forwards signals only to handlers."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def go_on(number: int, frame: FrameType | None) -> None:
    """Ignore the signal; not by SIG_IGN, which a child would inherit."""


def answer(number: int, handler: Any) -> None:
    """Install `handler` for signal `number`, unless that is ignored, as under `nohup` and `&`."""
    ignored = signal.getsignal(number) == signal.SIG_IGN
    # Set in any case: polars replaces SIGINT's handler outside of Python, and a child would not ignore it.
    signal.signal(number, signal.SIG_IGN if ignored else handler)


@contextmanager
def blocked() -> Iterator[None]:
    """Block signals, here and in a child that starts now: in the child until it unblocks them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def shielded_from_ctrl_c() -> Iterator[None]:
    """Keep Ctrl-C at the terminal from processes that start now: this one tells them to save their states."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def passing_on(child: Popen) -> Iterator[list[int]]:
    """Forward signals to `child`, which saves its state; a second terminating one kills it.

    Yields the received signals that end a run.
    """
    received: list[int] = []
    repeats = Repeats()

    def pass_on(number: int, frame: FrameType | None) -> None:
        if number == SAVING:
            child.send_signal(number)
        elif repeats.is_second():
            received.append(number)
            child.kill()
        elif not received:
            received.append(number)
            child.send_signal(number)

    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in SIGNALS}
    for number in SIGNALS:
        answer(number, pass_on)
    try:
        yield received
    finally:
        for number, handler in before.items():
            if isinstance(handler, Stop):
                handler.repeats = repeats  # the next one is a second one
            signal.signal(number, handler)
