"""A step of a small stack in torch, where it starts, and a chunk in which some members stand still."""

import torch

from configs.seats.losses import Loss
from configs.sections.optimizer import Optimizer
from lightning_mods.engine.step import Step
from lightning_mods.stack.members import load_loss, row_shares
from lightning_mods.stack.optimizer import initial_state
from lightning_mods.stack.stack import Stack

MEMBERS, STEPS, BATCH, COLUMNS = 4, 12, 6, 5
AUTO = Loss()
OPTIMIZERS = {
    "adam": Optimizer(learning_rate=0.01),
    "adamw": Optimizer(name="adamw", learning_rate=0.01, weight_decay=0.1, clip_norm=0.5),
    "sgd": Optimizer(name="sgd", learning_rate=0.1, weight_decay=0.01),
    "momentum": Optimizer(name="sgd", learning_rate=0.1, momentum=0.9, clip_norm=0.5),
    "nesterov": Optimizer(name="sgd", learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "amsgrad": Optimizer(name="adam", learning_rate=0.01, amsgrad=True),
    "lion": Optimizer(name="lion", learning_rate=0.01, weight_decay=0.1),
}


def steps_of(net, optimizer, task="binary", dtype=torch.float64, mixed=False, columns=COLUMNS, loss=AUTO):
    """A step, where it starts, and a chunk in which some members stand still."""
    draw = torch.Generator().manual_seed(1)
    stack = Stack(net, MEMBERS, dtype, mixed)
    flat = torch.randn(stack.flat.shape, generator=draw, dtype=dtype) * 0.5
    batches = [
        torch.randn(STEPS, MEMBERS, BATCH, columns, generator=draw, dtype=dtype),
        torch.randint(0, 2, (STEPS, MEMBERS, BATCH), generator=draw),
        row_shares((torch.rand(STEPS, MEMBERS, BATCH, generator=draw) < 0.8).to(dtype)),
        torch.randint(0, 2**31 - 1, (STEPS, MEMBERS, 2), generator=draw),
    ]
    if task == "regression":
        batches[1] = torch.randn(STEPS, MEMBERS, BATCH, generator=draw, dtype=dtype)
    active = torch.ones(STEPS, MEMBERS, dtype=torch.bool)
    active[3:6, 1] = False
    active[8:, 2] = False
    rates = torch.full((STEPS, MEMBERS), optimizer.learning_rate, dtype=dtype)
    return Step(stack, optimizer, load_loss(loss, task)), (flat, initial_state(optimizer, flat), batches, active, rates)


class Mover:
    """An engine's steps from wherever they are asked to start, on memory that stays the same."""

    def __init__(self, engine, flat, state):
        self.engine, self.flat = engine, flat.clone()
        self.state = {name: slot.clone() for name, slot in state.items()}

    def __call__(self, flat, state, batches, *rest):
        """Weights, state and losses after a chunk; what is given stays as it is, whatever the net writes to."""
        torch._foreach_copy_([self.flat, *self.state.values()], [flat, *state.values()])
        losses = self.engine.run(self.flat, self.state, [part.clone() for part in batches], *rest)
        return self.flat.clone(), {name: slot.clone() for name, slot in self.state.items()}, losses


def moved_by(engine, arguments):
    """Weights, state and losses after the engine's steps."""
    return Mover(engine, *arguments[:2])(*arguments)
