"""The one error that is meant for a person."""

from collections.abc import Sequence


class StudyError(ValueError):
    """The study or the data is wrong; a script shows it without a traceback and exits with 2.

    `problems` holds one line each: cause, place, and what to do. `str()` joins them, so nothing is shown one by one.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep every problem; a bare string would fall apart into letters, so it counts as one problem."""
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return the problems, one line each."""
        return "\n".join(self.problems)
