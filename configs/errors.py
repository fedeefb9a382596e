"""The error and the warning that are meant for a person."""

import logging
import warnings
from collections.abc import Sequence

from configs.shown import shown


class StudyError(ValueError):
    """The study or the data is wrong; a script shows it without a traceback and exits with 2.

    `problems` holds one line each: cause, place, and what to do. `str()` joins them, so nothing is shown one by one.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep every problem; a bare string would fall apart into letters, so it counts as one problem."""
        self.problems = [shown(problem) for problem in ([problems] if isinstance(problems, str) else problems)]
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return the problems, one line each."""
        return "\n".join(self.problems)


class Notice(UserWarning):
    """Something that a person should know although the run goes on: one line with cause and place."""


def show_notices(name: str = "") -> None:
    """Let notices reach the terminal, as one line after `name: `, and no other warning of Python or a package."""
    warnings.simplefilter("ignore")
    warnings.simplefilter("always", Notice)
    prefix = f"{name}: " if name else ""
    warnings.formatwarning = lambda message, *_, **__: f"{prefix}{message}\n"
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)
