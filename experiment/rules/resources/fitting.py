"""Memory and threads of a stack: members that fit, threads that pay; no effect on results."""

import joblib

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.nets.net_cost import NetCost
from experiment.record.log import log
from experiment.rules.resources.devices import CPU, Device
from experiment.rules.resources.memory import free_memory

# Numbers for each element of a forward pass: its value, its gradient, and as much again for masks and buffers.
_PER_ELEMENT = 4
# Below this much arithmetic a second thread costs more than it saves, since it has to be woken: see docs/decisions.md.
ONE_THREAD_FLOPS = 2e9
# Arithmetic of a step that pays for another core for some of the members: waking it takes about 0.1 ms a chunk.
BLOCK_FLOPS = 3.5e6


def stack_size(study: Study, folds: FoldData, cost: NetCost, device: Device = CPU) -> int:
    """`stack.size`, or for `auto` as many members as half of the `device`'s free memory holds, at least one."""
    if isinstance(study.stack.size, int):
        return study.stack.size
    free = free_memory() if device.free is None else device.free
    return max(1, min(len(folds.members), free // 2 // member_bytes(study, folds, cost)))


def num_threads(study: Study, folds: FoldData, cost: NetCost) -> int:
    """Threads inside of operations, for the training of `folds`: one for a small step, else every core."""
    cores = num_cores()
    flops = step_flops(study, folds, cost)
    threads = 1 if flops < ONE_THREAD_FLOPS else cores
    said = "threads: %d of %d inside of operations; a step is %.0f MFLOP, and one is enough under 2000"
    log.info(said, threads, cores, flops / 1e6)
    return threads


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
    """Estimated bytes of a member: copies of its weights, a batch with its gradients, its part of a chunk's plan."""
    batch = _PER_ELEMENT * batch_rows(study, folds) * cost.elements
    return number_bytes(study) * (cost.copies * cost.weights + batch) + 12 * folds.table.rows


def number_bytes(study: Study) -> int:
    """Bytes of a weight: bf16 and tf32 are formats of products, between weights in float32."""
    return 8 if study.training.precision == 64 else 4


def batch_rows(study: Study, folds: FoldData) -> int:
    """Rows of a batch of each member, at most those that the table has."""
    return min(study.training.batch_size, folds.table.rows)
