"""SGD, Adam and AdamW over a stack: every member has its own rate and step count, or takes no step at all."""

from collections.abc import Callable

import torch
from torch import Tensor

from configs.schema import Optimizer
from experiment.rules.slots import slots

State = dict[str, Tensor]


def initial_state(optimizer: Optimizer, flat: Tensor) -> State:
    """Zero step counts `(members,)`, and zeros `(members, size)` for each slot of the method."""
    counts = torch.zeros(len(flat), device=flat.device)  # torch's fused kernels read them as float32 on a GPU
    return {"steps": counts} | {slot: torch.zeros_like(flat) for slot in slots(optimizer)}


@torch.no_grad()
def update(
    optimizer: Optimizer, flat: Tensor, gradients: Tensor, state: State, active: Tensor, rates: Tensor
) -> tuple[Tensor, State]:
    """One step: weights and gradients `(members, size)`, `active` bool and learning `rates` `(members,)`.

    A member that is not active keeps its weights, its slots and its step count.
    """
    steps, keep = state["steps"] + 1, active[:, None]
    moved, after = _move(optimizer, flat, gradients, state, steps[:, None], rates.to(flat.device)[:, None])
    kept = {name: torch.where(keep, slot, state[name]) for name, slot in after.items()}
    return torch.where(keep, moved, flat), {"steps": torch.where(active, steps, state["steps"])} | kept


def _move(
    optimizer: Optimizer, flat: Tensor, gradients: Tensor, state: State, steps: Tensor, rates: Tensor
) -> tuple[Tensor, State]:
    """A step of everyone: `rates`, and `steps` counted from 1, are `(members, 1)`.

    Weight decay is added to the gradient (L2), except in AdamW, where it is decoupled (Loshchilov and Hutter 2019,
    algorithm 2). Each operation rounds once: no bit depends on the position of a member in the stack.
    """
    decay = optimizer.weight_decay
    if decay and optimizer.name == "adamw":
        flat = flat - (rates * decay).to(flat.dtype) * flat
    elif decay:
        gradients = gradients + decay * flat
    if optimizer.name == "sgd":
        return _sgd(optimizer, flat, gradients, state, rates.to(flat.dtype))
    return _adam(optimizer, flat, gradients, state, steps, rates)


def _sgd(optimizer: Optimizer, flat: Tensor, gradients: Tensor, state: State, rates: Tensor) -> tuple[Tensor, State]:
    """Gradient descent; with momentum, the heavy ball (Polyak 1964) in the form of Sutskever et al. 2013."""
    if not optimizer.momentum:
        return flat - rates * gradients, {}
    velocity = optimizer.momentum * state["velocity"] + gradients
    return flat - rates * velocity, {"velocity": velocity}


def _adam(
    optimizer: Optimizer, flat: Tensor, gradients: Tensor, state: State, steps: Tensor, rates: Tensor
) -> tuple[Tensor, State]:
    """Kingma and Ba 2015, algorithm 1: epsilon is added to the root of the corrected second moment.

    The corrections are computed in float64: in float32, `1 - beta2` would lose four digits in the first steps.
    """
    beta1, beta2, count = optimizer.beta1, optimizer.beta2, steps.double()
    mean = state["mean"] + (1.0 - beta1) * (gradients - state["mean"])
    square = beta2 * state["square"] + (1.0 - beta2) * (gradients * gradients)
    correction = torch.sqrt(1.0 - beta2**count).to(flat.dtype)
    size = (rates.double() / (1.0 - beta1**count)).to(flat.dtype)
    moved = flat - size * (mean / (torch.sqrt(square) / correction + optimizer.epsilon))
    return moved, {"mean": mean, "square": square}


class StackOptimizer(torch.optim.Optimizer):
    """Holds the state of `update` for a stack's one parameter, and the learning rate that stock callbacks read."""

    def __init__(self, optimizer: Optimizer, flat: torch.nn.Parameter) -> None:
        """For the weights `flat` `(members, size)`."""
        super().__init__([flat], {"lr": optimizer.learning_rate})
        self.settings = optimizer
        self.state[flat] = initial_state(optimizer, flat.detach())

    @property
    def flat(self) -> torch.nn.Parameter:
        """The weights of the stack."""
        return self.param_groups[0]["params"][0]

    @property
    def slots(self) -> State:
        """Step counts and running values, by name."""
        return self.state[self.flat]

    @slots.setter
    def slots(self, state: State) -> None:
        self.state[self.flat] = state

    def rates(self) -> Tensor:
        """Learning rate of each member, `(members,)`."""
        return torch.full_like(self.slots["steps"], self.param_groups[0]["lr"], dtype=torch.float64)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None, active: Tensor | None = None) -> float | None:
        """One step along the gradient of `flat`, for the members that are `active` `(members,)`, or all."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        everyone = torch.ones(len(self.flat), dtype=torch.bool, device=self.flat.device)
        moved, self.slots = update(
            self.settings,
            self.flat,
            self.flat.grad,
            self.slots,
            everyone if active is None else active,
            self.rates(),
        )
        self.flat.copy_(moved)
        return loss
