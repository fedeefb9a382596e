"""Submitting tasks as a job array: what SLURM is asked for, and what is hidden from it."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from configs.sections.machines import Slurm
from configs.shown import shown
from experiment.launchers.slurm_task import ArrayTask
from experiment.training.interrupts import SAVING, shielded_from_ctrl_c

# submitit reads it when it is imported; SIGUSR1 is what a run here takes as the request to save its state.
os.environ.setdefault("SUBMITIT_PREEMPT_SIGNAL", SAVING.name.removeprefix("SIG"))

import submitit

SIGNAL_SECONDS = 120
"""Before a task's time limit, when SLURM sends it the signal to save its state."""
REQUEUES = 1000
"""How often a task may reach its time limit."""
IN_JOB, JOB = "SLURM_JOB_ID", ("SLURM_", "SLURMD_", "SRUN_")
"""The variable that every process of a job has, and how the names of all begin."""
OURS = ("ARRAY_INX", "ERROR", "JOB_NAME", "NO_REQUEUE", "OPEN_MODE", "OUTPUT", "SIGNAL", "TIMELIMIT", "WAIT")
"""Options that an array always has, or must not have, as their variables `SBATCH_NAME` are called."""
MOST_CORES = "LOKY_MAX_CPU_COUNT"
"""How many cores a task takes for its own, where a cluster binds none to them."""
SAID = "sbatch: error: "
"""Before each line of `sbatch` that says why it refuses something."""


class Refused(Exception):
    """SLURM has refused an array; the text is what it says."""


def submit(
    tasks: Sequence[ArrayTask], folder: Path, slurm: Slurm, name: str, comment: str, arrays: int = 1
) -> Sequence[submitit.Job]:
    """Submit `tasks` as a job array, one of so many `arrays` of a study; what they print goes to `folder`.

    All arrays of a study have its `name`; those of a run have its `comment`, too.

    Raises:
        Refused: the cluster does not let the array in.
    """
    executor = submitit.AutoExecutor(
        folder, cluster=slurm.executor, slurm_max_num_timeout=REQUEUES, local_max_num_timeout=REQUEUES
    )
    executor.update_parameters(**parameters(slurm, name, comment, arrays))
    try:
        with (
            outside_of_jobs(),
            without_options(slurm),
            shielded_from_ctrl_c(),
            redirect_stderr(StringIO()),
            executor.batch(),
        ):
            submitted = [executor.submit(one) for one in tasks]
    except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
        raise Refused(cause_of(str(error))) from error
    return submitted


def cause_of(said: str) -> str:
    """The errors among what `sbatch` has `said`, in a line; other lines may be a site's notes."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix(SAID) for line in lines if line.startswith(SAID)]
    return shown("; ".join(errors or lines[:1]))


def outside_of_jobs() -> AbstractContextManager[None]:
    """Hide what SLURM has set for the job that this process is in: tasks would take its cores and bindings for theirs.

    `submitit.helpers.clean_env` hides its own signal and `SLURM_CONF`, too.
    """
    own = [name for name in os.environ if name.startswith(JOB) and name != "SLURM_CONF"] if IN_JOB in os.environ else []
    return hidden(own)


def without_options(slurm: Slurm) -> AbstractContextManager[None]:
    """Hide the variables of `sbatch` for what the study says: they would go before the options of an array."""
    said = {"PARTITION": slurm.partition, "ACCOUNT": slurm.account, "MEM_PER_NODE": slurm.memory_gb}
    return hidden([f"SBATCH_{name}" for name in (*OURS, *(name for name, value in said.items() if value is not None))])


@contextmanager
def hidden(names: Iterable[str]) -> Iterator[None]:
    """Take the variables `names` out of the environment for a while."""
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def parameters(slurm: Slurm, name: str, comment: str = "", arrays: int = 1) -> dict[str, Any]:
    """What submitit asks for each task, by its own names; so many `arrays` share what runs at once."""
    asked = {
        "name": name,
        "timeout_min": slurm.minutes,
        "cpus_per_task": slurm.cores,
        "gpus_per_node": slurm.gpus,
        "mem_gb": slurm.memory_gb,
        "slurm_partition": slurm.partition,
        "slurm_account": slurm.account,
        "slurm_array_parallelism": max(1, slurm.parallel // arrays),
        "slurm_comment": comment,
        "slurm_setup": [f"export {MOST_CORES}={slurm.cores}", *slurm.setup],
        "local_setup": list(slurm.setup) or None,
        # Since 22.05, `srun` does not take it from `sbatch`.
        "slurm_srun_args": [f"--cpus-per-task={slurm.cores}"],
        "slurm_signal_delay_s": SIGNAL_SECONDS,
        "slurm_additional_parameters": {"requeue": True},
    }
    return {key: value for key, value in asked.items() if value is not None}
