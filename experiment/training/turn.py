"""Child's end of the socket to its parent: which run to train, with which data, and when to start."""

import json
import mmap
import pickle
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

TURN = "--turn="
"""Option with the number of the socket to the parent."""
DATA = "--data="
"""Option with the number of the file in which the parent hands over the data."""


class Turn:
    """Messages of the parent; without a parent, the run on the command line, which starts at once.

    The parent sends a line of JSON, `[run, whether it hands over data]`, and a byte when it is this process's turn.
    """

    def __init__(self) -> None:
        """By the options in `sys.argv`."""
        number = _option(TURN)
        self.line = None if number is None else socket.socket(fileno=number)

    @property
    def alone(self) -> bool:
        """Whether there is no parent."""
        return self.line is None

    def run(self) -> tuple[Path, Any] | None:
        """The directory of the run, and the data if it was handed over, else None; None if the parent has gone."""
        if self.line is None:
            return Path(sys.argv[1]), None
        words = b""
        with suppress(ConnectionError):
            while not words.endswith(b"\n"):  # byte by byte: what comes behind the line is for `has_come`
                if not (word := self.line.recv(1)):
                    return None
                words += word
        root, has_data = json.loads(words)
        return Path(root), _data() if has_data else None

    def has_come(self) -> bool:
        """Report that this process is ready, and wait for its turn; False if the parent has ended."""
        if self.line is None:
            return True
        with self.line, suppress(ConnectionError):
            self.line.sendall(b"!")
            return bool(self.line.recv(1))
        return False


def _option(name: str) -> int | None:
    return next((int(word.removeprefix(name)) for word in sys.argv if word.startswith(name)), None)


def _data() -> Any:
    """What the parent has pickled into its file, which has no name that another process could open."""
    number = _option(DATA)
    assert number is not None
    with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as content:
        return pickle.loads(content)
