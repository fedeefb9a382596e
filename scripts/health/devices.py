"""The NVIDIA driver, the GPUs that the environment of each learner sees, and the devices that a study asks for."""

import os
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from experiment.rules.resources.devices import Device, ask_driver, driver_gpus
from scripts.health.findings import Finding
from scripts.health.machine import usable_cores

if TYPE_CHECKING:
    from configs.schema import Study

GIB = 2**30
CPU_CURE = "set training.accelerator=cpu, or auto"


def driver() -> Iterator[Finding]:
    """The driver's version and its GPUs, by `nvidia-smi`."""
    answer = ask_driver("--query-gpu=driver_version", "--format=csv,noheader")
    if answer is None:
        yield Finding("ok", "driver", "none (nvidia-smi is not there, or finds no GPU): training is on the CPU")
        return
    yield Finding("ok", "driver", f"NVIDIA {''.join(answer.split()[:1])}, {_listed(driver_gpus())}")


def hidden() -> Iterator[Finding]:
    """GPUs of the driver that `CUDA_VISIBLE_DEVICES` hides from every process that is started here."""
    names = os.environ.get("CUDA_VISIBLE_DEVICES")
    if names is None:
        return
    listed = (ask_driver("--list-gpus") or "").splitlines()
    there, visible = sum(line.startswith("GPU") for line in listed), len(driver_gpus())  # the other lines are instances
    if visible < there:
        text = f"CUDA_VISIBLE_DEVICES={names} hides {there - visible} of {there}"
        yield Finding("warning", "GPUs", text, "unset CUDA_VISIBLE_DEVICES, unless they are somebody else's")


def asked(study: "Study") -> Iterator[Finding]:
    """Whether this machine has the devices, and the launcher, that the `study` asks for."""
    count, gpus = study.training.devices, len(driver_gpus()) if study.training.accelerator != "cpu" else 0
    try:
        import_module("experiment.training.workers.sharing").require_launcher(study)
    except import_module("experiment.run.exit_codes").RunError as error:
        text, _, cure = str(error).partition(": ")[2].rpartition(": ")
        yield Finding("fault", "launcher", text, cure, stops=True)
        return
    if count == "auto" or study.launcher != "local":
        return
    if study.training.accelerator == "gpu" and not gpus:
        yield Finding("fault", "devices", "training.accelerator is gpu, and no GPU is visible", CPU_CURE, stops=True)
    elif 0 < gpus < count:
        text = f"training.devices is {count}, and {gpus} of the driver's GPUs {'are' if gpus > 1 else 'is'} visible"
        yield Finding("fault", "devices", text, f"set training.devices={gpus}, or accelerator=cpu", stops=True)
    elif not gpus and count > usable_cores():
        text = f"training.devices is {count}, and {usable_cores()} cores may be used: processes wait for one another"
        yield Finding("warning", "devices", text, f"set training.devices={usable_cores()}")
    else:
        share = "a GPU each" if gpus else f"{max(1, usable_cores() // count)} of the cores each"
        yield Finding("ok", "devices", f"{count} as training.devices asks, {share}")


def of_learner(name: str, probe: dict[str, Any], driver_sees: int) -> Finding:
    """The GPUs that a learner sees, beside those that the driver has."""
    gpus = [Device(**one) for one in probe.get("gpus", [])]
    if driver_sees and not gpus:
        text = f"sees none of the driver's {driver_sees}: its packages are built for the CPU, or for another CUDA"
        return Finding("warning", name, text, "run `make setup` on this machine, or set training.accelerator=cpu")
    return Finding("ok", name, f"sees {_listed(gpus)}" if gpus else "sees no GPU, and trains on the CPU")


def _listed(gpus: list[Device]) -> str:
    texts = []
    for gpu in gpus:
        free = f", {gpu.free / GIB:.0f} of {gpu.total / GIB:.0f} GiB free" if gpu.free and gpu.total else ""
        texts.append(f"{gpu.label}{free}")
    return "; ".join(texts) or "no GPU that this process may use"
