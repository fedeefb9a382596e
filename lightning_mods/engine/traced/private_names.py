"""Private names of torch that only traces need: the only file of the folder that uses any.

All were seen to work with torch 2.13.0; tests/lightning_mods/test_private_names.py tries each. Operations have no
public description of what they take, and those that `to`, `item` and `view` are made of have no public name.
"""

from typing import Any

import torch

aten = torch.ops.aten

Operation = torch._ops.OpOverload
TO_COPY = aten._to_copy.default
UNSAFE_VIEW = aten._unsafe_view.default
VALUE = aten._local_scalar_dense.default
FUSED_ADAM, FUSED_ADAMW, FUSED_SGD = "_fused_adam_", "_fused_adamw_", "_fused_sgd_"
"""Kernels that `torch.optim` calls with `fused=True`, which takes parameters that require gradients."""


def schema(operation: Any) -> Any:
    """The names, types and aliases of what an operation takes and gives."""
    return operation._schema
