"""What goes wrong, for a person: `StudyError`, the warning `Notice`, and the line of a file that an error is from."""

import logging
import traceback
import warnings
from collections.abc import Sequence

from configs.shown import shown


class StudyError(ValueError):
    """The study or the data is wrong; a script prints it without a traceback and exits with 2.

    `problems` holds one line each: cause, place and cure. `str()` joins them, so all are printed at once.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        """Store every problem; a bare string, which would be split into letters, counts as one problem."""
        self.problems = [shown(problem) for problem in ([problems] if isinstance(problems, str) else problems)]
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return the problems, one line each."""
        return "\n".join(self.problems)


class Notice(UserWarning):
    """A warning of a run that continues: one line with cause and place."""


def show_notices(name: str = "") -> None:
    """Print notices to the terminal, as one line after `name: `, and no other warning of Python or a package."""
    warnings.simplefilter("ignore")
    warnings.simplefilter("always", Notice)
    prefix = f"{name}: " if name else ""
    warnings.formatwarning = lambda message, *_, **__: f"{prefix}{message}\n"
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)


def place_in(file: str, error: BaseException | None) -> str:
    """`file`, a path in the project, with the number of its last line in the traceback of `error`: `nets/mlp.py:12`."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    lines = [frame.lineno for frame in frames if frame.filename.replace("\\", "/").endswith(f"/{file}")]
    if not lines and isinstance(error, SyntaxError) and (error.filename or "").replace("\\", "/").endswith(f"/{file}"):
        lines = [error.lineno]
    return f"{file}:{lines[-1]}" if lines else file
