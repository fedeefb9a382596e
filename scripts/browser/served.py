"""TensorBoard server process for pictures and tests, at a free port."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO


@contextmanager
def tensorboard(logdir: Path) -> Iterator[str]:
    """Address of a TensorBoard on `logdir`, terminated at the exit of the context. Raises RuntimeError if it ends."""
    program = Path(sys.executable).with_name("tensorboard")
    command = [str(program), "--logdir", str(logdir), "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    # The rest of its output has to be read as well: a full pipe would block it.
    listener = Thread(target=process.stderr.read, daemon=True)
    try:
        address = _address(process.stderr)
        listener.start()
        yield address
    finally:
        process.terminate()
        process.wait()


def _address(said: IO[str]) -> str:
    lines = []
    for line in said:
        if found := re.search(r"http://\S+?(?=/? )", line):
            return found.group()
        lines.append(line)
    raise RuntimeError(f"tensorboard: does not start; it says: {''.join(lines)}")
