"""The device on which a study trains, as a framework or the driver reports it, and the precisions that it has.

Only the standard library is imported, so that `scripts/doctor.py` can ask in a broken environment.
"""

import os
import subprocess
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from configs.schema import Study

AMPERE = (8, 0)
"""First CUDA compute capability with instructions for bfloat16 and TF32."""
_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}
_MIB = 20


class Device(NamedTuple):
    """A device by `name`; of a GPU its `total` and `free` bytes and CUDA compute `capability`, None if not reported."""

    name: str = "CPU"
    total: int | None = None
    free: int | None = None
    capability: tuple[int, int] | None = None

    @property
    def is_gpu(self) -> bool:
        """Whether it is a GPU."""
        return self != CPU

    @property
    def label(self) -> str:
        """Its name, and its compute capability if that is known."""
        known = f" (compute capability {self.capability[0]}.{self.capability[1]})" if self.capability else ""
        return f"{self.name}{known}"


CPU = Device()


def idle_precision(study: "Study", device: Device) -> list[str]:
    """A line if `device` has no instructions for the study's precision, with what that means."""
    precision = study.training.precision
    if precision == "tf32" and not device.is_gpu:
        return ["training.precision: tf32 is a format of GPUs and does nothing on a CPU, which trains as with 32"]
    if precision not in ("tf32", "bf16") or _has_reduced(device):
        return []
    if precision == "tf32":
        return [f"training.precision: {device.label} has no tf32 (8.0 and later have it) and trains as with 32"]
    name = device.label if device.is_gpu else "this CPU"
    return [f"training.precision: {name} has no instructions for bf16: its results are bf16's, and 32 is faster"]


def _has_reduced(device: Device) -> bool:
    if device.is_gpu:
        return device.capability is None or device.capability >= AMPERE
    return bool(_BF16_FLAGS & cpu_flags())


def cpu_flags(information: Path = Path("/proc/cpuinfo")) -> set[str]:
    """Names of the extensions that this machine's processor has; none where the system does not list them."""
    with suppress(OSError):
        lines = information.read_text().splitlines()
        return {word for line in lines if line.lower().startswith(("flags", "features")) for word in line.split()[1:]}
    return set()


def driver_device(study: "Study") -> Device:
    """The device on which the study will train, by NVIDIA's driver: no framework is imported."""
    gpus = driver_gpus() if study.training.accelerator != "cpu" else []
    return gpus[0] if gpus else CPU


def driver_gpus(nodes: Path = Path("/dev")) -> list[Device]:
    """The GPUs that this process may use, in their order, by `nvidia-smi`; none where there is no driver.

    Where a container has GPUs and no `nvidia-smi`, their `nodes` are counted. A GPU that is named twice is there twice:
    CUDA would take none then, but each of two workers is given one of the names.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    listed = _listed() if which("nvidia-smi") else [_unnamed(node) for node in sorted(nodes.glob("nvidia[0-9]*"))]
    if visible is None:
        return [one.device for one in listed]
    found = (_named(name.strip(), listed) for name in visible.split(","))
    return list(takewhile(lambda device: device is not None, found))  # type: ignore[arg-type]


class _Listed(NamedTuple):
    """A GPU as the driver lists it; `uuid` is "" where the driver has not been asked."""

    number: str
    uuid: str
    device: Device


def _unnamed(node: Path) -> _Listed:
    return _Listed(node.name.removeprefix("nvidia"), "", Device("NVIDIA GPU"))


def _named(name: str, listed: list[_Listed]) -> Device | None:
    """The one of `listed` with this number, or whose UUID begins so; an instance of one, by its own UUID.

    None if there is none; CUDA, too, stops at the first name of which there is none.
    """
    if name.startswith("MIG-"):
        lines = (ask_driver("--list-gpus") or "").splitlines()
        kinds = [line.split("Device")[0].strip() for line in lines if f"UUID: {name})" in line]
        return Device(kinds[0]) if kinds else None
    matching = [
        one.device for one in listed if name == one.number or (name[:4] == "GPU-" and one.uuid.startswith(name))
    ]
    return matching[0] if len(matching) == 1 else None


def _listed() -> list[_Listed]:
    """Every GPU of the driver."""
    fields = ["index", "uuid", "name", "memory.total", "memory.free", "compute_cap"]
    for asked in (fields, fields[:-1]):  # older drivers do not know the last one
        answer = ask_driver(f"--query-gpu={','.join(asked)}", "--format=csv,noheader,nounits")
        if answer is not None:
            split = (line.split(",", 2) for line in answer.splitlines() if line.count(",") > 1)
            return [_Listed(index.strip(), uuid.strip(), _device(rest)) for index, uuid, rest in split]
    return []


def _device(line: str) -> Device:
    name, *rest = (word.strip() for word in line.split(","))
    total, free = (int(word) << _MIB if word.isdigit() else None for word in (*rest, "", "")[:2])
    major, _, minor = (rest[2] if len(rest) > 2 else "").partition(".")
    capability = (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None
    return Device(name, total, free, capability)


def ask_driver(*question: str) -> str | None:
    """Output of `nvidia-smi`; None where there is none, or it fails."""
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(["nvidia-smi", *question], capture_output=True, text=True, timeout=30)
        return done.stdout if done.returncode == 0 else None
    return None
