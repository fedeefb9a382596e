"""Memory and threads of a stack: members that fit, threads that pay; no effect on results."""

import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import joblib

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.nets.net_cost import NetCost
from experiment.record.log import log

# Weights, best weights, gradient, two moments and the step's new values, in float64 to be safe.
_COPIES, _BYTES = 8, 8
# Below this much arithmetic a second thread costs more than it saves, since it has to be woken: see docs/decisions.md.
ONE_THREAD_FLOPS = 2e9
# Arithmetic of a step that pays for another core for some of the members: waking it takes about 0.1 ms a chunk.
BLOCK_FLOPS = 3.5e6


def stack_size(study: Study, folds: FoldData, cost: NetCost) -> int:
    """`stack.size`, or for `auto` as many members as half of the device's free memory holds, at least one."""
    if isinstance(study.stack.size, int):
        return study.stack.size
    free = free_gpu_memory(study) or free_memory()
    return max(1, min(len(folds.members), free // 2 // member_bytes(study, folds, cost)))


def num_threads(study: Study, folds: FoldData, cost: NetCost) -> int:
    """Threads inside of operations, for the training of `folds`: one for a small step, else every core."""
    cores = num_cores()
    flops = step_flops(study, folds, cost)
    threads = 1 if flops < ONE_THREAD_FLOPS else cores
    said = "threads: %d of %d inside of operations; a step is %.0f MFLOP, and one is enough under 2000"
    log.info(said, threads, cores, flops / 1e6)
    return threads


def idle_precision(study: Study, uses_gpu: Callable[[Study], bool]) -> list[str]:
    """A line if the study has a precision that only a GPU supports, and uses none."""
    if study.training.precision != "tf32" or uses_gpu(study):
        return []
    return ["training.precision: tf32 is a format of GPUs and does nothing on a CPU, which trains as with 32"]


def sees_gpu(study: Study) -> bool:
    """Whether the study has a GPU to train on, by its driver: no framework is imported."""
    return _ask_driver(study, "-L") is not None


def free_gpu_memory(study: Study) -> int | None:
    """Free bytes of the GPU on which the study trains; None if it has none, or one that does not report them."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
    answer = _ask_driver(study, "--query-gpu=memory.free", "--format=csv,noheader,nounits", f"--id={first}")
    return int(answer) << 20 if answer and answer.strip().isdigit() else None


def _ask_driver(study: Study, *question: str) -> str | None:
    """Output of `nvidia-smi`, if the study may use a GPU and there is a driver."""
    if study.training.accelerator == "cpu":
        return None
    with suppress(OSError):
        done = subprocess.run(["nvidia-smi", *question], capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else None
    return None


def num_blocks(members: int, weights: int, batch: int) -> int:
    """Number of blocks, each on a core, into which to split a stack: by members, weights and rows of each."""
    return max(1, min(num_cores(), members, int(6.0 * members * weights * batch // BLOCK_FLOPS)))


def num_cores() -> int:
    """Cores that this process may use, by its affinity and by the quota of its container."""
    return int(joblib.cpu_count())


def step_flops(study: Study, folds: FoldData, cost: NetCost) -> float:
    """Floating-point operations of one step of a stack; the backward pass computes each product twice."""
    members = study.stack.size if isinstance(study.stack.size, int) else len(folds.members)
    return 3.0 * cost.flops * batch_rows(study, folds) * min(members, len(folds.members))


def member_bytes(study: Study, folds: FoldData, cost: NetCost) -> int:
    """Estimated bytes of a member: its state, a batch with its gradients, and its part of a chunk's plan."""
    batch = 2 * batch_rows(study, folds) * cost.elements
    return _BYTES * (_COPIES * cost.weights + batch) + 12 * folds.table.rows


def batch_rows(study: Study, folds: FoldData) -> int:
    """Rows of a batch of each member, at most those that the table has."""
    return min(study.training.batch_size, folds.table.rows)


def free_memory() -> int:
    """Available memory in bytes, reclaimable caches included; the total memory where that is not reported."""
    information = Path("/proc/meminfo")
    for line in information.read_text().splitlines() if information.is_file() else []:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
