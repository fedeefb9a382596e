"""Launcher of a framework's process: `python -m experiment.training.launch lightning lightning_mods.fit RUN`.

Nothing but the standard library is imported before the module, which sets what has to be set before NumPy is loaded.
"""

import gc
import json
import logging
import os
import runpy
import signal
import socket
import sys
import threading
import traceback
from importlib import import_module

from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.training.interrupts import SAVING, SIGNALS, answer, end, go_on, is_ending

# Option with the number of a pipe's file descriptor, whose other end the parent holds open until it ends.
PARENT = "--parent="
WORKER = "--worker="
"""Option with the number of a worker's socket to its coordinator, which is its parent, and that of the worker."""
AHEAD = "--ahead="
"""Option with a module whose `start` starts another process, which imports while this one imports its own module."""


def launch() -> int:
    """Run the module as `python -m` would, and exit as it does; print a line if it cannot be imported."""
    framework, module = sys.argv.pop(1), sys.argv.pop(1)
    gc.disable()  # until `imported`
    hear_signals()
    for word in [word for word in sys.argv if word.startswith(PARENT)]:
        sys.argv.remove(word)
        threading.Thread(target=follow, args=[int(word.removeprefix(PARENT))], daemon=True).start()
    for word in [word for word in sys.argv if word.startswith(AHEAD)]:
        sys.argv.remove(word)
        import_module(word.removeprefix(AHEAD)).start()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Exception as error:  # `run_child` lets none through, so this one is from an import
        if "--debug" in sys.argv:
            traceback.print_exc()
        if not answered(cause := cannot_import(error)):
            print(f"{framework}: {cause}", file=sys.stderr)
        return WRONG_STUDY
    return 0


def answered(cause: str) -> bool:
    """Whether this is a worker: its coordinator, on whatever machine, is told why it trains nothing."""
    for word in [word for word in sys.argv if word.startswith(WORKER)]:
        with socket.socket(fileno=int(word.removeprefix(WORKER).partition(",")[0])) as line:
            line.sendall(json.dumps({"code": WRONG_STUDY, "message": cause}).encode() + b"\n")
        return True
    return False


def imported() -> None:
    """Call when a process has imported what it needs: that stays, and is never looked through for garbage.

    Looking for garbage during the imports takes an eighth of their time; during a training, a tenth of a second each.
    """
    gc.freeze()
    gc.enable()


def hear_signals() -> None:
    """Handle signals before the training, which installs its own handlers: they end the process at once."""
    answer(signal.SIGINT, end)
    answer(SAVING, go_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def follow(parent: int) -> None:
    """Wait until the parent, which holds the other end of the pipe `parent`, has ended; then terminate this process."""
    os.read(parent, 1)
    logging.getLogger("twinfold").info(
        "the parent process has gone: as after SIGTERM, the state is saved and the training ends"
    )
    ignored = signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    # A coordinator that is killed while its workers save their states has been killed by a second signal.
    at_once = ignored or (is_ending() and any(word.startswith(WORKER) for word in sys.argv))
    os.kill(os.getpid(), signal.SIGKILL if at_once else signal.SIGTERM)


def cannot_import(error: Exception) -> str:
    """Message on a framework that is installed, but broken, incomplete or of another version."""
    if isinstance(error, RunError):
        return str(error)
    cause = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return f"cannot be imported ({cause}); run `make setup`, or again with --debug for the traceback"


if __name__ == "__main__":
    sys.exit(launch())
