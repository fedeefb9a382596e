"""How many members train at once: speed and memory, never results."""

import os
from itertools import pairwise

from configs.schema import Study
from datamodules.fold_data import FoldData

# Weights, best weights, gradient, two moments and the step's new values, in float64 to be safe.
_COPIES, _BYTES = 8, 8


def stack_size(study: Study, folds: FoldData) -> int:
    """`stack.size`, or for `auto` as many members as half of the free memory holds, at least one."""
    if isinstance(study.stack.size, int):
        return study.stack.size
    return max(1, min(len(folds.members), free_memory() // 2 // member_bytes(study, folds)))


def member_bytes(study: Study, folds: FoldData) -> int:
    """An estimate of what a member takes: its state, one batch of activations, and its part of a chunk's plan."""
    widths = [folds.table.num_columns, *study.model.arguments.get("hidden", ()), folds.table.outputs]
    weights = sum(a * b + b for a, b in pairwise(widths))
    activations = 8 * study.training.batch_size * sum(widths)
    return _BYTES * (_COPIES * weights + activations) + 12 * folds.table.rows


def free_memory() -> int:
    """Bytes that the machine can still give."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
