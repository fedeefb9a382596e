"""Update by torch's fused optimizer kernels, for which each row of a stack, a member, is a tensor of its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import compress

import torch
from torch import Tensor

from configs.sections.optimizer import Optimizer
from lightning_mods.engine.traced.private_names import FUSED_ADAM, FUSED_ADAMW, FUSED_SGD
from lightning_mods.engine.traced.scripting import compiled, played
from lightning_mods.stack.optimizer import initial_state, update

Group = tuple[list[list[Tensor]], int]
"""Members that are updated together: their weights, gradients, each slot and step counts, and their kind."""


class Mover:
    """Optimizer steps by torch's fused kernels, in place.

    A kernel makes one pass over the memory where separate operations would make seven. It is given row by row: in one
    long row a member's last bit would depend on the position of its values, and so on the other members.
    """

    def __init__(self, optimizer: Optimizer, flat: Tensor, state: Mapping[str, Tensor]) -> None:
        """Weights `(members, size)`, and state as `update` has it."""
        self.source, self.counts = source(optimizer), state["steps"]
        self.decay = optimizer.weight_decay
        self.weights, self.slots = flat.unbind(0), [state[name].unbind(0) for name in optimizer.slots]

    def __call__(self, gradients: Tensor, active: Tensor, rates: Sequence[float]) -> None:
        """Update the members that are `active` `(members,)` by `gradients` `(members, size)`, each at its rate."""
        self.counts.add_(active)
        kinds = {rate: kind for kind, rate in enumerate(rates)}
        for rows, kind in self.groups(gradients, active.tolist(), [kinds[rate] for rate in rates]):
            played(compiled(self.source).move, rows, rates[kind], self.decay)

    def groups(self, gradients: Tensor, active: Sequence[bool], kinds: Sequence[int]) -> list[Group]:
        """The `active` members in groups of one kind: a call of a kernel takes one rate and one decay."""
        rows = [self.weights, gradients.unbind(0), *self.slots, self.counts.unbind(0)]
        groups: dict[int, list[int]] = defaultdict(list)
        for index in compress(range(len(kinds)), active):
            groups[kinds[index]].append(index)
        return [([[row[index] for index in members] for row in rows], kind) for kind, members in groups.items()]


def source(optimizer: Optimizer) -> str:
    """A function of the rows, the rate and the decay of a `Group`, as a script for torch's interpreter."""
    return (
        f"def move(rows: List[List[Tensor]], rate: float, decay: float):\n    {_KERNELS[optimizer.name](optimizer)}\n"
    )


def is_fused(optimizer: Optimizer) -> bool:
    """Whether torch has a kernel that updates weights as `optimizers/NAME.py` does: two steps of both are compared."""
    try:
        source(optimizer)
    except KeyError:  # another optimizer, or other arguments in a file of that name
        return False
    flat = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    fused, state, kept = flat.clone(), initial_state(optimizer, flat), initial_state(optimizer, flat)
    move, everyone, rates = Mover(optimizer, fused, kept), torch.ones(1, dtype=torch.bool), torch.tensor([0.1])
    for gradients in (0.3 * flat + 1.0, -0.1 * flat):
        flat, state = update(optimizer, flat, gradients, state, everyone, rates)
        move(gradients, everyone, rates.tolist())
    return torch.allclose(flat, fused, rtol=1e-6, atol=0.0)


def _adam(optimizer: Optimizer) -> str:
    """Kingma and Ba 2015, algorithm 1, the decay added to the gradient (L2)."""
    return _adaptive(FUSED_ADAM, optimizer)


def _adamw(optimizer: Optimizer) -> str:
    """The same with decoupled decay: Loshchilov and Hutter 2019, algorithm 2."""
    return _adaptive(FUSED_ADAMW, optimizer)


def _adaptive(kernel: str, optimizer: Optimizer) -> str:
    own = optimizer.arguments
    largest = "rows[4]" if own["amsgrad"] else "[]"
    return _call(
        kernel,
        f"rows[0], rows[1], rows[2], rows[3], {largest}, rows[-1]",
        beta1=own["beta1"],
        beta2=own["beta2"],
        eps=own["epsilon"],
        amsgrad=own["amsgrad"],
        maximize=False,
    )


def _sgd(optimizer: Optimizer) -> str:
    """Gradient descent; with momentum, the heavy ball (Polyak 1964) in the form of Sutskever et al. 2013."""
    return _call(
        FUSED_SGD,
        f"rows[0], rows[1], {'rows[2]' if optimizer.slots else '[]'}",
        momentum=optimizer.arguments["momentum"],
        dampening=0.0,
        nesterov=optimizer.arguments["nesterov"],
        maximize=False,
        is_first_step=False,
    )


def _call(kernel: str, rows: str, **settings: float) -> str:
    named = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    return f"torch.ops.aten.{kernel}({rows}, lr=rate, weight_decay=decay, {named})"


_KERNELS = {"sgd": _sgd, "adam": _adam, "adamw": _adamw}
