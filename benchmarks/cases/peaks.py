"""Peak rates of this machine: a matrix product, a copy, and a call on a single number."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.cases.emit import case_parser, emit

DTYPES = {"64": torch.float64, "bf16": torch.bfloat16}
PRECISIONS = ("64", "32", "tf32", "bf16")
SIDE = {"cpu": 1024, "cuda": 8192}
COPIED = {"cpu": {"cached": 2**21, "memory": 2**28}, "cuda": {"cached": 2**22, "memory": 2**31}}


def best(function: Callable[[], object], device: str, seconds: float = 0.5, calls: int = 5) -> float:
    """Seconds of the fastest call in that time, and of so many at least: the first one allocates pages."""
    found, left, deadline = float("inf"), calls, time.perf_counter() + seconds
    while left > 0 or time.perf_counter() < deadline:
        left -= 1
        started = time.perf_counter()
        function()
        if device == "cuda":
            torch.cuda.synchronize()
        found = min(found, time.perf_counter() - started)
    return found


def matmul_flops(device: str, precision: str = "32") -> float:
    """Operations per second of a large square product of the numbers of `training.precision`."""
    side = SIDE[device]
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    a, b = torch.rand(2, side, side, device=device, dtype=DTYPES.get(precision, torch.float32))
    out = torch.empty_like(a)
    return 2.0 * side**3 / best(lambda: torch.mm(a, b, out=out), device)


def copy_bytes(device: str, size: int) -> float:
    """Bytes per second, read and written, of a copy of `size` bytes."""
    source = torch.rand(size // 4, device=device)
    target = torch.empty_like(source)
    return 2.0 * size / best(lambda: target.copy_(source), device)


def call_seconds(device: str, calls: int = 2000) -> float:
    """Seconds of a call on a single number."""
    number: Tensor = torch.ones(1, device=device)

    def many() -> None:
        for _ in range(calls):
            torch.add(number, number, out=number)

    return best(many, device) / calls


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--device", choices=SIDE, default="cpu")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=["32"])
    arguments = parser.parse_args()
    device = arguments.device
    counts = sorted({1, torch.get_num_threads()}) if device == "cpu" else [torch.get_num_threads()]
    peaks = {}
    for threads in counts:
        torch.set_num_threads(threads)
        copies = {name: copy_bytes(device, size) for name, size in COPIED[device].items()}
        flops = {precision: matmul_flops(device, precision) for precision in arguments.precisions}
        calls = call_seconds(device)
        peaks[threads] = {"flops": max(flops.values()), "bytes": copies, "call_seconds": calls, "by_precision": flops}
    name = torch.cuda.get_device_name() if device == "cuda" else None
    emit({"device": name or device, "by_threads": peaks})
