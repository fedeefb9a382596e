"""The devices that this framework sees, and the one on which a study trains."""

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from configs.errors import StudyError
from experiment.rules.resources.devices import CPU, Device, driver_gpus

if TYPE_CHECKING:
    from configs.schema import Study


def gpus() -> list[Device]:
    """The GPUs that the framework may use, in its order."""
    return [_gpu(index, gpu) for index, gpu in enumerate(tf.config.list_physical_devices("GPU"))]


def uses_gpu(study: "Study") -> bool:
    """Whether the study trains on a GPU. Raises StudyError if it has to and there is none."""
    found = tf.config.list_physical_devices("GPU")
    if study.training.accelerator == "gpu" and not found:
        raise StudyError(["training.accelerator: is gpu, and TensorFlow sees none; set it to auto or cpu"])
    return study.training.accelerator != "cpu" and bool(found)


def device_of(study: "Study") -> Device:
    """The CPU, or the GPU on which the study trains, with its free memory. Raises StudyError as `uses_gpu`."""
    return gpus()[0] if uses_gpu(study) else CPU


def _gpu(index: int, gpu: Any) -> Device:
    """What TensorFlow says of a GPU, and the driver of its memory, of which TensorFlow says nothing."""
    details = tf.config.experimental.get_device_details(gpu)
    known = driver_gpus()[index:][:1] or [CPU]
    name, capability = details.get("device_name", "GPU"), details.get("compute_capability")
    return Device(name, known[0].total, known[0].free, capability)
