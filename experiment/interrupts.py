"""Ctrl-C and SIGTERM end a run at the next epoch, so that it can be resumed; a second one ends it at once."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# A signal to a whole process group reaches a child twice: by itself, and passed on by its parent.
ECHO_SECONDS = 1.0


class Interrupted(Exception):
    """The run was asked to stop and has saved its state; `code` is what a shell expects, 128 + the signal."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.code = 128 + number


class Interrupts:
    """Remembers the first signal in `received`. As a context manager it gives the signals back at the end."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.received: int | None = None
        self.moment = 0.0
        self.before: dict[signal.Signals, Any] = {}

    def listen(self) -> None:
        """Take over both signals, also from a framework that has taken them since; what waited for it comes now."""
        for number in SIGNALS:
            self.before.setdefault(number, signal.getsignal(number) or signal.SIG_DFL)
            signal.signal(number, self._receive)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def __enter__(self) -> "Interrupts":
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received, self.moment = number, time.monotonic()
        elif time.monotonic() - self.moment > ECHO_SECONDS:
            raise SystemExit(128 + number)


@contextmanager
def blocked() -> Iterator[None]:
    """Both signals wait, here and in a child that starts now: in the child until `Interrupts.listen`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def passing_on(start: Callable[[], Popen]) -> Iterator[tuple[Popen, list[int]]]:
    """A child process from `start`, and the signals that came to this one, which are sent on to it.

    Both signals are blocked while the child starts: while it imports its framework they wait.
    """
    children: list[Popen] = []
    received: list[int] = []
    early: list[int] = []  # taken by another thread, which blocks nothing, while there was no child

    def pass_on(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if not children:
            early.append(number)
        for child in children:
            child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in SIGNALS}
    try:
        with blocked():
            children.append(start())
            for number in early:
                children[0].send_signal(number)
        yield children[0], received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
