"""How the steps of a chunk are run: one by one, from a trace, or compiled. The numbers are those of `Step`."""

import logging
import time
from collections.abc import Callable

import torch
from torch import Tensor

from lightning_mods.optimizers import State
from lightning_mods.step import Batch, Step, StepFunction
from lightning_mods.tracing import trace

log = logging.getLogger("twinfold")


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` traces when the study is long enough."""

    def __init__(self, step: Step, name: str, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide what `auto` is."""
        self.step = step
        self.name = choose(expected_steps) if name == "auto" else name
        self.functions: dict[tuple, StepFunction] = {}

    def run(
        self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor
    ) -> tuple[Tensor, State, Tensor]:
        """All steps of a chunk: batches `(steps, ...)` and active `(steps, members)` -> losses `(steps, members)`."""
        losses = []
        # Who takes no step is known here on a CPU; a GPU would have to be waited for.
        full = active.all(1).tolist() if active.device.type == "cpu" else [False] * len(active)
        for index, everyone in enumerate(full):
            batch = [part[index] for part in batches]
            arguments = (flat, state, batch, None if everyone else active[index], rates)
            flat, state, loss = self._function(arguments)(*arguments)
            losses.append(loss)
        return flat, state, torch.stack(losses)

    def _function(self, arguments: tuple) -> StepFunction:
        if self.name == "eager":
            return self.step
        flat, _, batch, active, _ = arguments
        key = (flat.shape, batch[0].shape, active is None)
        if key not in self.functions:
            self.functions[key] = MAKERS[self.name](self.step, arguments)
        return self.functions[key]


def choose(expected_steps: int) -> str:
    """`traced` if its saving of about 1 ms a step wins back the 0.5 s that tracing takes, else `eager`."""
    name = "traced" if expected_steps >= 500 else "eager"
    log.info("engine: %s for up to %d steps; tracing pays from 500 steps on", name, expected_steps)
    return name


def traced(step: Step, arguments: tuple) -> StepFunction:
    """`step` as a replayed trace, for arguments of these shapes."""
    started = time.perf_counter()
    names = list(arguments[1])

    def flattened(
        flat: Tensor, slots: list[Tensor], batch: list[Tensor], active: Tensor | None, rates: Tensor
    ) -> tuple:
        moved, state, losses = step(flat, dict(zip(names, slots, strict=True)), batch, active, rates)
        return moved, [state[name] for name in names], losses

    flat, state, batch, active, rates = arguments
    graph = trace(flattened, (flat, [state[name] for name in names], batch, active, rates))
    log.info("engine: traced a step in %.2f s", time.perf_counter() - started)

    def replay(flat: Tensor, state: State, batch: Batch, active: Tensor | None, rates: Tensor) -> tuple:
        moved, slots, losses = graph(flat, [state[name] for name in names], batch, active, rates)
        return moved, dict(zip(names, slots, strict=True)), losses

    return torch.no_grad()(replay)


def compiled(step: Step, arguments: tuple) -> StepFunction:
    """The traced step through TorchInductor; it takes tens of seconds, and a C++ compiler."""
    return torch.compile(traced(step, arguments), dynamic=False)


MAKERS: dict[str, Callable[[Step, tuple], StepFunction]] = {"traced": traced, "compiled": compiled}
