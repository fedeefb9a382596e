"""Log of a run's automatic decisions: the engine, the threads, members that left the stack."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

from configs.files.atomic import appending
from configs.shown import shown

log = logging.getLogger("twinfold")


class OneLine(logging.Formatter):
    """Formatter of one line: the time and the message."""

    def format(self, record: logging.LogRecord) -> str:
        """As `logging.Formatter`, with control characters escaped."""
        return shown(super().format(record))


@contextmanager
def kept_in(path: Path) -> Iterator[None]:
    """Append log messages to `path`, with the time. Raises OSError if it is a link, or cannot be opened."""
    with TextIOWrapper(appending(path), encoding="utf-8", errors="backslashreplace") as file:
        handler = logging.StreamHandler(file)
        handler.setFormatter(OneLine("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
        log.setLevel(logging.INFO)
        log.propagate = False
        log.addHandler(handler)
        try:
            yield
        finally:
            log.removeHandler(handler)


def tell(line: str) -> None:
    """Print a line to standard error, which may be a closed terminal."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
