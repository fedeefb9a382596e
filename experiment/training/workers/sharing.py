"""Devices of a study: how many, and what each worker's environment says of its own."""

import os
from importlib.util import find_spec

from configs.errors import StudyError
from configs.schema import Study
from configs.sections.machines import PACKAGES
from experiment.rules.resources.devices import driver_gpus
from experiment.rules.resources.fitting import num_cores
from experiment.run.exit_codes import WRONG_STUDY, RunError

# joblib takes this for the number of cores, and with it everything here that asks for them.
CORES = "LOKY_MAX_CPU_COUNT"
GPU = "CUDA_VISIBLE_DEVICES"


def num_devices(study: Study) -> int:
    """Devices that share the members of a study; `auto` is one, since the others of a machine may be somebody's."""
    training = study.training
    return training.devices if isinstance(training.devices, int) and training.strategy == "members" else 1


def require_launcher(study: Study) -> None:
    """Raise RunError if the package of the study's launcher is not installed; nothing is imported to find out."""
    package = PACKAGES.get(study.launcher)
    if package and find_spec(package) is None:
        cure = f"pip install -e .[{study.launcher}], or set launcher=local"
        raise RunError(WRONG_STUDY, f"launcher: {study.launcher} needs {package}, which is not installed: {cure}")


def has_workers(study: Study) -> bool:
    """Whether other processes than that which conducts the training train the parts."""
    return num_devices(study) > 1 or study.launcher != "local"


def device_environments(study: Study) -> list[dict[str, str]]:
    """Environment variables of the worker of each device: its GPU, if there are any, and its share of the cores.

    Raises StudyError if there are fewer GPUs than devices.
    """
    count, gpus = num_devices(study), visible_gpus(study)
    if 0 < len(gpus) < count:
        there = f"{len(gpus)} GPU{'s are' if len(gpus) > 1 else ' is'} visible"
        raise StudyError([f"training.devices: is {count}, and {there}; set it to {len(gpus)}, or accelerator to cpu"])
    share = {CORES: str(max(1, num_cores() // count))}
    return [share | ({GPU: gpus[index]} if gpus else {}) for index in range(count)]


def visible_gpus(study: Study) -> list[str]:
    """Names of the GPUs that a process sees, as `CUDA_VISIBLE_DEVICES` has them; empty if the study may use none."""
    gpus = driver_gpus() if study.training.accelerator != "cpu" else []
    names = os.environ[GPU].split(",") if GPU in os.environ else map(str, range(len(gpus)))
    return [name.strip() for name in names][: len(gpus)]


def without_device(study: Study) -> Study:
    """The `study` for a process that trains none of it: no framework may hold memory of a worker's GPU.

    The format of a GPU's products, tf32, says nothing about this process, whose numbers are those of 32.
    """
    keys: dict[str, object] = {"accelerator": "cpu"}
    if study.training.precision == "tf32":
        keys["precision"] = 32
    return study.model_copy(update={"training": study.training.model_copy(update=keys)})
