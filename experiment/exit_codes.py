"""How a run ended, for a shell: the codes of sysexits.h where it has one."""

DONE = 0
SOME_FOLDS_FAILED = 1
WRONG_STUDY = 2
NUMERICAL_FAILURE = 70
CANNOT_CREATE = 73
CANNOT_WRITE = 74
ALREADY_RUNNING = 75
INTERRUPTED = 130
TERMINATED = 143


class RunError(Exception):
    """A run that cannot start or go on: one line a problem for a person, and the code to exit with."""

    def __init__(self, code: int, message: str) -> None:
        """`code` is one of this module's."""
        super().__init__(message)
        self.code = code
