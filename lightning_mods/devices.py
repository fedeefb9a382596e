"""The devices that this framework sees, and the one on which a study trains."""

from typing import TYPE_CHECKING

import torch

from configs.errors import StudyError
from experiment.rules.resources.devices import CPU, Device

if TYPE_CHECKING:
    from configs.schema import Study


def gpus() -> list[Device]:
    """The GPUs that the framework may use, in its order."""
    return [_gpu(index) for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []


def uses_gpu(study: "Study") -> bool:
    """Whether the study trains on a GPU. Raises StudyError if it has to and there is none."""
    if study.training.accelerator == "gpu" and not torch.cuda.is_available():
        raise StudyError(["training.accelerator: is gpu, and torch sees none; set it to auto or cpu"])
    return study.training.accelerator != "cpu" and torch.cuda.is_available()


def device_of(study: "Study") -> Device:
    """The CPU, or the GPU on which the study trains, with its free memory. Raises StudyError as `uses_gpu`."""
    return _gpu(torch.cuda.current_device()) if uses_gpu(study) else CPU


def _gpu(index: int) -> Device:
    free, total = torch.cuda.mem_get_info(index)
    # Memory that torch has reserved and does not use is free to torch, though the driver counts it as used.
    unused = torch.cuda.memory_reserved(index) - torch.cuda.memory_allocated(index)
    return Device(torch.cuda.get_device_name(index), total, free + unused, torch.cuda.get_device_capability(index))
