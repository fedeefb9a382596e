"""Exit codes of a run, those of sysexits.h where it has one, and errors that carry them."""

from configs.shown import shown

DONE = 0
SOME_FOLDS_FAILED = 1
WRONG_STUDY = 2
NUMERICAL_FAILURE = 70
CANNOT_CREATE = 73
CANNOT_WRITE = 74
ALREADY_RUNNING = 75
HUNG_UP = 129
INTERRUPTED = 130
TERMINATED = 143
ENDED_BY_SIGNAL = (HUNG_UP, INTERRUPTED, TERMINATED)
"""Codes of a run that was interrupted and can be resumed."""


class RunError(Exception):
    """A run that cannot start or continue: one line a problem, and the code to exit with."""

    def __init__(self, code: int, message: str) -> None:
        """`code` is one of this module's."""
        super().__init__(message)
        self.code = code


def code_of_failures(failed: int, members: int) -> int:
    """The code of a training in which `failed` of `members` have failed."""
    if failed == members:
        return NUMERICAL_FAILURE
    return SOME_FOLDS_FAILED if failed else DONE


def code_of(error: Exception) -> int:
    """The code to exit with after `error`."""
    if isinstance(error, RunError):
        return error.code
    if isinstance(error, OSError):
        return CANNOT_WRITE
    return WRONG_STUDY if isinstance(error, ValueError) else NUMERICAL_FAILURE


def describe(error: Exception, resumable: bool = False) -> str:
    """Message of `error`, a line for each problem; of a `resumable` run's OSError with the advice to resume."""
    if isinstance(error, OSError):
        place, cause = error.filename or "standard output, or a file", error.strerror or error
        return f"{shown(str(place))}: {cause}; fix that, then start again" + " or go on with --resume" * resumable
    if isinstance(error, (RunError, ValueError)):
        return shown(str(error), but="\n")
    return f"{type(error).__name__}: {shown(str(error))}; run again with --debug for the traceback"
