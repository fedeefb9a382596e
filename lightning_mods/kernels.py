"""torch's fused optimizer kernels on the rows of a stack: a member is a tensor of its own to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from configs.schema import Optimizer
from experiment.slots import slots

Tensors = Sequence[Sequence[Tensor]]
Group = tuple[Tensors, Sequence[Tensor], float]


class Mover:
    """Steps by torch's fused kernels, on weights and state that stay where they are.

    A kernel makes one pass over the memory where separate operations would make seven. It is given row by row: in one
    long row a member's last bit would depend on where its numbers lie, and so on who else is moved.
    """

    def __init__(self, optimizer: Optimizer, flat: Tensor, state: Mapping[str, Tensor]) -> None:
        """Weights `(members, size)`, and state as `update` has it."""
        self.optimizer, self.kernel = optimizer, KERNELS[optimizer.name]
        self.weights, self.counts = flat.unbind(0), state["steps"].unbind(0)
        self.slots = [state[name].unbind(0) for name in slots(optimizer)]
        self.given: tuple = ()
        self.groups: dict[tuple, list[Group]] = {}

    def __call__(self, gradients: Tensor, active: Sequence[bool], rates: Sequence[float]) -> None:
        """Move who is active along `gradients` `(members, size)`, each at its rate."""
        if not self.given or self.given[0] is not gradients or self.given[1] != rates:
            self.given, self.groups = (gradients, rates), {}
        key = tuple(active)
        if key not in self.groups:
            self.groups[key] = list(self._groups(gradients, active, rates))
        for tensors, counts, rate in self.groups[key]:
            torch._foreach_add_(counts, 1)
            self.kernel(self.optimizer, tensors, counts, rate)

    def _groups(self, gradients: Tensor, active: Sequence[bool], rates: Sequence[float]) -> Iterator[Group]:
        """Who is active, by rate: a call takes one."""
        rows = [self.weights, gradients.unbind(0), *self.slots]
        for rate in set(rates):
            chosen = [index for index, moves in enumerate(active) if moves and rates[index] == rate]
            if chosen:
                yield [[row[index] for index in chosen] for row in rows], [self.counts[index] for index in chosen], rate


def _adam(optimizer: Optimizer, tensors: Tensors, steps: Sequence[Tensor], rate: float) -> None:
    """Kingma and Ba 2015, algorithm 1, the decay added to the gradient (L2)."""
    _adaptive(torch._fused_adam_, optimizer, tensors, steps, rate)


def _adamw(optimizer: Optimizer, tensors: Tensors, steps: Sequence[Tensor], rate: float) -> None:
    """The same with decoupled decay: Loshchilov and Hutter 2019, algorithm 2."""
    _adaptive(torch._fused_adamw_, optimizer, tensors, steps, rate)


def _adaptive(
    kernel: Callable[..., None], optimizer: Optimizer, tensors: Tensors, steps: Sequence[Tensor], rate: float
) -> None:
    kernel(
        *tensors,
        [],
        steps,
        lr=rate,
        beta1=optimizer.beta1,
        beta2=optimizer.beta2,
        weight_decay=optimizer.weight_decay,
        eps=optimizer.epsilon,
        amsgrad=False,
        maximize=False,
    )


def _sgd(optimizer: Optimizer, tensors: Tensors, steps: Sequence[Tensor], rate: float) -> None:
    """Gradient descent; with momentum, the heavy ball (Polyak 1964) in the form of Sutskever et al. 2013."""
    weights, gradients, *velocity = tensors
    torch._fused_sgd_(
        weights,
        gradients,
        velocity[0] if velocity else [],
        weight_decay=optimizer.weight_decay,
        momentum=optimizer.momentum,
        lr=rate,
        dampening=0.0,
        nesterov=False,
        maximize=False,
        is_first_step=False,
    )


KERNELS = {"sgd": _sgd, "adam": _adam, "adamw": _adamw}
