"""What every command has in common: its errors become one line for each problem, and an exit code."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from configs.errors import show_notices
from experiment.record.log import tell
from experiment.run.exit_codes import DONE, INTERRUPTED, code_of, describe
from experiment.training.interrupts import ENDING, SAVING, Stop, answer, go_on


def hear_interrupts() -> None:
    """Make signals exceptions, after `end_at_once`: what is begun from here on has to be cleaned up."""
    if signal.getsignal(SAVING) is go_on:
        stop = Stop()
        for number in ENDING:
            answer(number, stop)


def guarded(command: Callable[[], int], debug: bool, resumable: bool = False) -> int:
    """Call `command` and return its exit code, or that of its error, with a traceback if `debug`."""
    if not debug:
        show_notices()
    if sys.stdout is None:  # it was closed before the start, and nobody listens
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    try:
        code = command()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        drop_output()  # whoever read it has seen enough
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, OSError):
            drop_output()  # it may be what cannot be written
        if isinstance(error, KeyboardInterrupt):
            tell(str(error) or "interrupted")
            return getattr(error, "code", INTERRUPTED)
        tell(describe(error, resumable))
        return code_of(error)


def drop_output() -> None:
    """What Python still holds of the output goes nowhere, if nobody takes it: at its exit it would try again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
