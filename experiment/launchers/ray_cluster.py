"""The Ray cluster of a study: how it is reached, how many actors it has room for, and why one cannot start."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from configs.files.places import PROJECT
from configs.schema import Study

UPLOAD_WITHOUT = (".git", ".venv", ".venv-*", "runs", "**/__pycache__")
Resources = Mapping[str, float]
"""What Ray counts of a machine, or of all: `CPU`, `GPU`, and others."""


def settings(study: Study) -> dict[str, Any]:
    """Arguments of `ray.init`."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(PROJECT)]))
    runtime: dict[str, Any] = {"env_vars": {"PYTHONPATH": path}}
    if study.ray.upload:
        runtime = {"working_dir": str(PROJECT), "excludes": list(UPLOAD_WITHOUT)}
    quiet = {"log_to_driver": False, "logging_level": "error", "configure_logging": False}
    if study.ray.address is not None:
        return {"address": study.ray.address, "runtime_env": runtime, **quiet}
    return {"include_dashboard": False, "runtime_env": runtime, **quiet}


def num_actors(study: Study, machines: Sequence[Resources]) -> tuple[bool, int]:
    """Whether the actors have GPUs, and how many there are; `auto` is all that the `machines` have room for.

    Raises ValueError if none has room for an actor, or all together for fewer than the study asks for.
    """
    accelerator, asked = study.training.accelerator, study.training.devices
    gpus = accelerator != "cpu" and any(one.get("GPU", 0) >= 1 for one in machines)
    if accelerator == "gpu" and not gpus:
        raise ValueError("no machine has a GPU that Ray knows of, and training.accelerator is gpu")
    rooms = [int(one.get("CPU", 0)) // study.ray.cores for one in machines]
    if gpus:
        rooms = [min(room, int(one.get("GPU", 0))) for room, one in zip(rooms, machines, strict=True)]
    least = asked if isinstance(asked, int) else 1
    if sum(rooms) < least:
        each = f"{'a GPU and ' * gpus}{study.ray.cores} core{'s' * (study.ray.cores > 1)}"
        cure = f"training.devices is {asked}" if isinstance(asked, int) else f"ray.cores is {study.ray.cores}"
        raise ValueError(f"its machines have room for {sum(rooms)} actors of {each}, and {cure}")
    return gpus, asked if isinstance(asked, int) else sum(rooms)


def cause_of(error: Exception) -> str:
    """Why an actor cannot start: the last line of what was raised; "" for one that has died, alone or with its node."""
    if not getattr(error, "actor_init_failed", True):
        return ""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def free_room(free: Resources, there: Resources) -> str:
    """`0 of 4 cores are free`, and the GPUs, if there are any."""
    names = {"CPU": "cores", "GPU": "GPUs"}
    counts = [f"{free.get(key, 0):.0f} of {there[key]:.0f} {name}" for key, name in names.items() if there.get(key)]
    return f"{' and '.join(counts) or 'no cores'} are free"
