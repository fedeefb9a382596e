"""The NVIDIA driver, and the GPUs that the environment of each learner sees."""

from collections.abc import Iterator
from typing import Any

from experiment.rules.resources.devices import Device, ask_driver, driver_gpus
from scripts.health.findings import Finding

GIB = 2**30


def driver() -> Iterator[Finding]:
    """The driver's version and its GPUs, by `nvidia-smi`."""
    answer = ask_driver("--query-gpu=driver_version", "--format=csv,noheader")
    if answer is None:
        yield Finding("ok", "driver", "none (nvidia-smi is not there, or finds no GPU): training is on the CPU")
        return
    yield Finding("ok", "driver", f"NVIDIA {''.join(answer.split()[:1])}, {_listed(driver_gpus())}")


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
