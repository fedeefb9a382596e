"""Signals: Ctrl-C, SIGTERM and SIGHUP end a training once its state is saved, SIGUSR1 only saves it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import Popen
from types import FrameType, TracebackType
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAVING = signal.SIGUSR1
"""What SLURM sends before the time of a job is over, if asked to."""
SIGNALS = (*ENDING, SAVING)
# One signal may come twice: `timeout` sends it to its command and to the process group of that.
ECHO_SECONDS = 0.2


class Interrupted(Exception):
    """The run was asked to stop and has saved its state; `code` is what a shell expects, 128 + the signal."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.code = 128 + number


class Stopped(KeyboardInterrupt):
    """As `Interrupted`, where no state has to be saved: what was begun is cleaned up."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.code = 128 + number


class Repeats:
    """Tells a second signal from the first one that comes twice."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.first: float | None = None

    def is_second(self) -> bool:
        """Note that a signal has come now; whether it is another one than the first."""
        now = time.monotonic()
        self.first = now if self.first is None else self.first
        return now - self.first > ECHO_SECONDS


class Interrupts:
    """What signals ask of a training: `received` is the one that ends it, `wants_state` that its state is saved.

    As a context manager it gives the signals back at the end.
    """

    def __init__(self, alone: bool = True) -> None:
        """Where it is not `alone`, the parent of this process ends it at a second signal."""
        self.alone = alone
        self.received: int | None = None
        self.wants_state = False
        self.repeats = Repeats()
        self.before: dict[signal.Signals, Any] = {}

    def listen(self) -> None:
        """Take over the signals, also from a framework that has taken them since, except those that are ignored."""
        for number in SIGNALS:
            before = self.before.setdefault(number, signal.getsignal(number) or signal.SIG_DFL)
            signal.signal(number, before if before == signal.SIG_IGN else self._receive)

    def __enter__(self) -> "Interrupts":
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if number == SAVING:
            self.wants_state = True
            return
        second = self.repeats.is_second()
        if self.received is None:
            self.received = number
        elif second and self.alone:
            raise SystemExit(128 + number)


class Stop:
    """A handler that raises Stopped at the first signal, and lets a second one end the process."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.repeats = Repeats()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """A signal has come."""
        first = self.repeats.first is None
        if self.repeats.is_second():
            end(number, frame)
        if first:
            raise Stopped(number)


def end(number: int, frame: FrameType | None) -> None:
    """Die of the signal. A handler has to do it, since polars hands on to one, but not to the default action."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def go_on(number: int, frame: FrameType | None) -> None:
    """Nothing has to be saved; not SIG_IGN, which a child would inherit."""


def answer(number: int, handler: Any) -> None:
    """Let `handler` answer signal `number`, unless that is ignored, as `nohup` and `&` have it: then it stays so."""
    ignored = signal.getsignal(number) == signal.SIG_IGN
    # Set in any case: polars takes SIGINT over where Python does not see it, and a child would not ignore it.
    signal.signal(number, signal.SIG_IGN if ignored else handler)


@contextmanager
def blocked() -> Iterator[None]:
    """Signals wait, here and in a child that starts now: in the child until it unblocks them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def passing_on(child: Popen) -> Iterator[list[int]]:
    """Pass signals on to `child`, which saves its state; a second one that ends kills it, whatever it computes.

    Gives those that came to this process and end a run.
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
