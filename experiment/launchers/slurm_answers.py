"""What the tasks of SLURM have answered: files that they write when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiment.run.exit_codes import NUMERICAL_FAILURE

if TYPE_CHECKING:
    import submitit

FRAME = "-" * 22
"""The line before and after the traceback in submitit's account of a task that has failed."""


def answer_of(one: submitit.Job) -> dict[str, Any] | None:
    """What a task has answered, or why it could not; None if there is no answer."""
    from submitit.core.utils import FailedJobError

    if not one.paths.result_pickle.exists():
        return None
    try:
        answer: dict[str, Any] = one.result()
    except FailedJobError as error:
        line = str(error).partition(FRAME)[2].partition(FRAME)[0].strip().rpartition("\n")[2]
        message = f"slurm: a task has failed ({line}); see {one.paths.stderr}"
        return {"code": NUMERICAL_FAILURE, "message": message}
    return answer


def is_stopped(one: submitit.Job) -> bool:
    """Whether a task that has an answer was ended by a signal: SLURM may begin it again."""
    return "signal" in (answer_of(one) or {})
