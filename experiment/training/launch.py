"""Start a framework's part of a run: `python -m experiment.training.launch lightning lightning_mods.fit RUN`.

Nothing but the standard library is imported before the module, which sets what has to be set before NumPy is loaded.
"""

import logging
import os
import runpy
import signal
import sys
import threading
import traceback

from experiment.run.exit_codes import WRONG_STUDY
from experiment.training.interrupts import SAVING, SIGNALS, answer, end, go_on

# Before the number of a file that the parent holds open at its other end for as long as it lives.
PARENT = "--parent="


def launch() -> int:
    """Run the module as `python -m` would, and exit as it does; if it cannot be imported, a line says so."""
    framework, module = sys.argv.pop(1), sys.argv.pop(1)
    hear_signals()
    for word in [word for word in sys.argv if word.startswith(PARENT)]:
        sys.argv.remove(word)
        threading.Thread(target=follow, args=[int(word.removeprefix(PARENT))], daemon=True).start()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Exception as error:  # `run_child` lets none through, so this one is from an import
        if "--debug" in sys.argv:
            traceback.print_exc()
        print(cannot_import(framework, error), file=sys.stderr)
        return WRONG_STUDY
    return 0


def hear_signals() -> None:
    """Nothing has to be saved before the training, which hears the signals itself: they end the process at once."""
    answer(signal.SIGINT, end)
    answer(SAVING, go_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def follow(parent: int) -> None:
    """Wait until the parent has gone, which holds the other end of the file `parent`; then ask this process to end."""
    os.read(parent, 1)
    logging.getLogger("twinfold").info(
        "the parent process has gone: as after SIGTERM, the state is saved and the training ends"
    )
    ignored = signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGKILL if ignored else signal.SIGTERM)


def cannot_import(framework: str, error: Exception) -> str:
    """What to say of a framework that is there, but broken or installed by half."""
    cause = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return f"{framework}: cannot be imported ({cause}); run `make setup`, or again with --debug for where it happened"


if __name__ == "__main__":
    sys.exit(launch())
