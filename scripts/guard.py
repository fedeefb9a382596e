"""What every command has in common: its errors become one line for each problem, and an exit code."""

import os
import signal
import sys
import traceback
from collections.abc import Callable

from experiment.exit_codes import DONE, INTERRUPTED, code_of, describe
from scripts.project import end


def hear_interrupts() -> None:
    """Make Ctrl-C an exception again, after `end_at_once`: what is begun from here on has to be cleaned up."""
    if signal.getsignal(signal.SIGINT) is end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def guarded(command: Callable[[], int], debug: bool) -> int:
    """Call `command` and return its exit code, or that of its error, with a traceback if `debug`."""
    try:
        code = command()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; what Python still holds of it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        print("interrupted" if isinstance(error, KeyboardInterrupt) else describe(error), file=sys.stderr)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else code_of(error)
