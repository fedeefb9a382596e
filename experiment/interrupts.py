"""Ctrl-C and SIGTERM end a run at the next epoch, so that it can be resumed; a second one ends it at once."""

import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):
    """The run was asked to stop and has saved its state; `code` is what a shell expects, 128 + the signal."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.code = 128 + number


class Interrupts:
    """Remembers the first signal in `received`."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.received: int | None = None

    def listen(self) -> None:
        """Take over both signals, from a framework that has taken them too."""
        for number in SIGNALS:
            signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            raise SystemExit(128 + number)
        self.received = number
