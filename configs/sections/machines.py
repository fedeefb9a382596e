"""Where the parts of a study are trained: on this machine, by SLURM, or by a Ray cluster. It changes no result."""

from typing import Literal

from pydantic import Field

from configs.types import Boolean, Count, Integer, Positive, Section, Text

Launcher = Literal["local", "slurm", "ray"]
"""Names of files in `experiment/launchers`."""
PACKAGES = {"slurm": "submitit", "ray": "ray"}
"""What a launcher imports, and the extra that installs it is called as the launcher."""


class Slurm(Section):
    """What each task of a job array asks SLURM for; a task trains one part."""

    partition: Text | None = Field(None, description="null: the default one of the cluster")
    account: Text | None = Field(None, description="null: the default one of the user")
    minutes: Count = Field(240, description="time limit of a task; one that reaches it saves its state and is requeued")
    cores: Count = Field(2, description="CPU cores of a task")
    gpus: Integer = Field(0, ge=0, le=1, description="GPUs of a task")
    memory_gb: Positive | None = Field(None, description="memory of a task; null: the default of the cluster")
    parallel: Count = Field(64, description="tasks that run at once, at most")
    setup: tuple[Text, ...] = Field((), description="shell commands before each task, like [module load cuda]")
    executor: Literal["slurm", "local"] = Field(
        "slurm", description="local runs the tasks on this machine, to try what is to be submitted"
    )


class Ray(Section):
    """Which Ray cluster trains; each device has an actor, which takes one part after the other."""

    address: Text | None = Field(
        None, description="of a cluster: auto, ray://HOST:10001, HOST:6379; null: one of its own"
    )
    cores: Count = Field(1, description="CPU cores of an actor")
    upload: Boolean = Field(False, description="send the code of this folder to the nodes, which do not have it")
