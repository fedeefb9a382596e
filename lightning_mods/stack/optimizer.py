"""An optimizer over a stack: every member has its own rate and step count, or takes no step at all."""

from collections.abc import Callable
from functools import partial
from importlib import import_module

import torch
from torch import Tensor

from configs.seats.optimizers import OPTIMIZERS
from configs.sections.optimizer import Optimizer
from experiment.nets.net_errors import check_apart, check_moved, explained

State = dict[str, Tensor]
Update = Callable[[Tensor, Tensor, State, Tensor, Tensor, Tensor | None], tuple[Tensor, State]]
"""Weights, gradients and slots `(members, size)`, steps, rates and decay `(members, 1)` -> weights and slots."""


def initial_state(optimizer: Optimizer, flat: Tensor) -> State:
    """Zero step counts `(members,)`, and zeros `(members, size)` for each slot of the method."""
    counts = torch.zeros(len(flat), device=flat.device)  # torch's fused kernels read them as float32 on a GPU
    return {"steps": counts} | {slot: torch.zeros_like(flat) for slot in optimizer.slots}


@torch.no_grad()
def update(
    optimizer: Optimizer,
    flat: Tensor,
    gradients: Tensor,
    state: State,
    active: Tensor,
    rates: Tensor,
    decays: Tensor | None = None,
) -> tuple[Tensor, State]:
    """One step: weights and gradients `(members, size)`, `active` bool and learning `rates` `(members,)`.

    Members with a weight decay of their own have `decays` `(members, 1)`, float64; else all have that of `optimizer`.
    A member that is not active keeps its weights, its slots and its step count.
    """
    steps, keep = state["steps"] + 1, active[:, None]
    counts, speeds = steps.double()[:, None], rates.to(flat.device, torch.float64)[:, None]
    move, decay = load_update(optimizer), _decay(optimizer, speeds) if decays is None else decays
    moved, after = move(flat, gradients, _slots(state), counts, speeds, decay)
    kept = {name: torch.where(keep, slot, state[name]) for name, slot in after.items()}
    return torch.where(keep, moved, flat), {"steps": torch.where(active, steps, state["steps"])} | kept


def load_update(optimizer: Optimizer) -> Update:
    """The function `update` of `optimizers/NAME.py`, with the arguments that a study gives it."""
    function: Update = partial(
        import_module(f"lightning_mods.optimizers.{optimizer.name}").update, **optimizer.arguments
    )
    return function


def try_optimizer(optimizer: Optimizer) -> None:
    """Take a step of two members, and the same step of the first one alone.

    Raises ValueError, with the line of its file, if it does not give weights and slots as it is given them, or if a
    member's step depends on the others.
    """
    with explained(OPTIMIZERS, optimizer.name, "lightning"):
        pair, gradients = torch.tensor([[1.0, -2.0], [0.5, 3.0]]), torch.tensor([[0.1, -1.0], [2.0, 0.3]])
        ways = []
        for members in (pair, pair[:1]):
            slots, column = _slots(initial_state(optimizer, members)), torch.ones(len(members), 1, dtype=torch.float64)
            given = slots, column, optimizer.learning_rate * column, _decay(optimizer, column)
            moved, after = load_update(optimizer)(members, gradients[: len(members)], *given)
            check_moved({"weights": members} | slots, {"weights": moved} | after)
            ways.append(moved[0].cpu().numpy())
        check_apart(*ways)


def _slots(state: State) -> State:
    """The running values of a state, without the step counts that every optimizer has."""
    return {name: slot for name, slot in state.items() if name != "steps"}


def _decay(optimizer: Optimizer, rates: Tensor) -> Tensor | None:
    """Weight decay of each member, like `rates` `(members, 1)`; None where there is none, which costs nothing."""
    return torch.full_like(rates, optimizer.weight_decay) if optimizer.weight_decay else None


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
    def step(  # type: ignore[override]
        self, closure: Callable[[], float] | None = None, active: Tensor | None = None
    ) -> float | None:
        """One step along the gradient of `flat`, for the members that are `active` `(members,)`, or all.

        Without a gradient there is no step, as in torch's own optimizers.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        if self.flat.grad is None:
            return loss
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
