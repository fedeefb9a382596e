"""Where the gradients of a chunk's steps come from: autograd, a replayed trace, or TorchInductor. The numbers agree."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.func import vmap
from torch.fx import GraphModule

from lightning_mods.hoisting import hoist
from lightning_mods.replay import Replay
from lightning_mods.step import Batch, Step
from lightning_mods.tracing import trace

Gradients = Iterator[tuple[Tensor, Tensor]]
"""Of each step of a chunk: gradients `(members, size)` and losses `(members,)`."""
AHEAD_BYTES = 2 << 20
"""What is computed ahead of the steps that need it; more would not stay in a processor's cache."""


class Eager:
    """Step by step as it is written."""

    def __init__(self, step: Step, flat: Tensor, batches: Batch) -> None:
        """At the weights that `flat` `(members, size)` has when a step is asked for."""
        self.flat, self.gradients = flat, step.gradients

    def __call__(self, batches: Batch) -> Gradients:
        """Batches are `(steps, ...)`."""
        for batch in zip(*batches, strict=True):
            yield self.gradients(self.flat, *batch)


class Compiled(Eager):
    """Through TorchInductor; it takes tens of seconds, and a C++ compiler."""

    def __init__(self, step: Step, flat: Tensor, batches: Batch) -> None:
        """For chunks of steps like the first one of `batches`."""
        graph = trace(step.gradients, [flat, *(part[0] for part in batches)])
        self.flat, self.gradients = flat, torch.compile(graph, dynamic=False)


class Traced:
    """Replayed from a trace of one step, in which what does not depend on the weights is computed for many at once."""

    def __init__(self, step: Step, flat: Tensor, batches: Batch) -> None:
        """For chunks of steps like the first one of `batches`, at the weights `flat`, which are read where they lie."""
        first = [part[0].contiguous() for part in batches]
        graph = trace(step.gradients, [flat, *first])
        weights, *_ = (node.target for node in graph.graph.nodes if node.op == "placeholder")
        before, after = hoist(graph, [weights])
        self.ahead = computed_ahead(before, batches)
        places = zip(*(place.unbind(0) for place in [*self.ahead.inputs, *self.ahead.outputs]), strict=True)
        inputs = [[flat, *place] for place in places]
        replay = Replay(after, inputs[0])
        self.replays = [replay.on(others) for others in inputs]

    def __call__(self, batches: Batch) -> Gradients:
        """Batches are `(steps, ...)`; what a step gives lies where the next one writes."""
        for start in range(0, len(batches[0]), len(self.replays)):
            windows = [part[start : start + len(self.replays)] for part in batches]
            for place, window in zip(self.ahead.inputs, windows, strict=True):
                place[: len(window)].copy_(window)
            self.ahead()
            for replay in self.replays[: len(windows[0])]:
                replay()
                yield replay.outputs


def computed_ahead(before: GraphModule, batches: Batch) -> Replay:
    """The first part of a step for as many steps of `batches`, `(steps, ...)`, as are worth it at once."""
    (values,) = (node.args[0] for node in before.graph.nodes if node.op == "output")
    step_bytes = sum(value.meta["val"].nbytes for value in values)
    window = max(1, min(len(batches[0]), AHEAD_BYTES // step_bytes))
    windows = [part[:window].clone(memory_format=torch.contiguous_format) for part in batches]
    graph = trace(lambda *parts: [value.contiguous() for value in vmap(before)(*parts)], windows)
    return Replay(graph, windows)


MAKERS: dict[str, Callable[[Step, Tensor, Batch], Callable[[Batch], Gradients]]] = {
    "eager": Eager,
    "traced": Traced,
    "compiled": Compiled,
}
"""By the name that `training.engine` has for each."""
