"""Error handling of all commands: one line for each problem, and an exit code; signals and closed output."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path

from configs.errors import show_notices
from experiment.record.log import tell
from experiment.run.exit_codes import DONE, INTERRUPTED, code_of, describe
from experiment.training.interrupts import ENDING, SAVING, Stop, answer, go_on


def hear_interrupts() -> None:
    """Convert signals to exceptions, after `end_at_once`: from here on there are files to clean up."""
    if signal.getsignal(SAVING) is go_on:
        stop = Stop()
        for number in ENDING:
            answer(number, stop)


def guarded(command: Callable[[], int], debug: bool, resumable: bool = False) -> int:
    """Call `command` and return its exit code, or that of its error, with a traceback if `debug`."""
    if not debug:
        show_notices()
    if sys.stdout is None:  # it was closed before the start
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # of a terminal that lacks a letter of a name
    try:
        code = command()
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit) as end:
        if not has_closed(end):
            raise
        drop_output()
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, OSError):
            drop_output()  # the output may be the cause
        if isinstance(error, KeyboardInterrupt):
            tell(str(error) or "interrupted")
            return getattr(error, "code", INTERRUPTED)
        tell(describe(error, resumable))
        return code_of(error)


def has_closed(end: BaseException) -> bool:
    """Whether a command ends because the reader of its output has closed the pipe; rich has an exit of its own then."""
    return isinstance(end.__context__ if isinstance(end, SystemExit) else end, BrokenPipeError)


def drop_output() -> None:
    """Discard Python's buffered output if it cannot be written: at exit Python would try again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
