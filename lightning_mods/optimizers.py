"""SGD, Adam and AdamW over a stack: every member has its own rate and step count, or takes no step at all."""

from collections.abc import Callable

import torch
from torch import Tensor

from configs.schema import Optimizer
from experiment.rules.slots import slots
from lightning_mods.engine.kernels import Mover

State = dict[str, Tensor]


def initial_state(optimizer: Optimizer, flat: Tensor) -> State:
    """Zero step counts `(members,)`, and zeros `(members, size)` for each slot of the method."""
    counts = torch.zeros(len(flat), device=flat.device)  # torch's kernels read them as float32 on a GPU
    return {"steps": counts} | {slot: torch.zeros_like(flat) for slot in slots(optimizer)}


def update(
    optimizer: Optimizer, flat: Tensor, gradients: Tensor, state: State, active: Tensor, rates: Tensor
) -> tuple[Tensor, State]:
    """One step: weights and gradients `(members, size)`, `active` bool and learning `rates` `(members,)`.

    A member that is not active keeps its weights, its slots and its step count.
    """
    moved, after = flat.detach().clone(), {name: slot.clone() for name, slot in state.items()}
    Mover(optimizer, moved, after)(gradients.detach(), active, rates.tolist())
    return moved, after


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
