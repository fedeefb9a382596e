"""Players that run on torch's own interpreter: a step recorded once, cut into three parts, on memory planned once.

An optimizer for which torch has no kernel is called from Python, between gradients that are played.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import torch
from torch import Tensor
from torch.func import vmap

from lightning_mods.engine.players import Called, Unstable
from lightning_mods.engine.step import Batch, Step
from lightning_mods.engine.traced.hoisting import hoist
from lightning_mods.engine.traced.kernels import Group, Mover, is_fused
from lightning_mods.engine.traced.kernels import source as move_source
from lightning_mods.engine.traced.predicting import Predictor
from lightning_mods.engine.traced.replay import Replay, refusing
from lightning_mods.engine.traced.scripting import compiled, played
from lightning_mods.engine.traced.sinking import sink
from lightning_mods.engine.traced.tracing import Trace, trace
from lightning_mods.stack.optimizer import State

AHEAD_BYTES = 2 << 20
"""Bytes that are computed ahead of the steps that need them; more would not stay in a processor's cache."""


class Interpreter:
    """Makes players that run on torch's own interpreter; those of equal shapes share a trace, which is checked once."""

    def __init__(self, step: Step) -> None:
        self.step, self.logits = step, Predictor(step.stack)
        self.traces: dict[tuple, Parts] = {}
        self.fused = is_fused(step.optimizer)

    def __call__(self, flat: Tensor, state: State, batches: Batch) -> "Played | Called":
        """As `Maker`. Raises Unstable if the trace gives other numbers than the net, ValueError if it cannot run."""
        if not self.fused:
            return self._called(flat, state, batches)
        key, move = (flat.shape, *(part.shape for part in batches)), Mover(self.step.optimizer, flat, state)
        if key in self.traces:
            return Played(self.traces[key], flat, move, batches)
        parts = Parts(self.step, flat, batches)
        with refusing():
            player = Played(parts, flat, move, batches)
            found = player.first_of(batches)
        self._check(found, flat, batches)
        self.traces[key] = parts
        return player

    def _called(self, flat: Tensor, state: State, batches: Batch) -> Called:
        """Gradients replayed one step at a time, with the update in Python between them."""
        first = [part[0].clone(memory_format=torch.contiguous_format) for part in batches]
        with refusing():
            gradients = Gradients(self.step, flat, first)
            found = gradients(flat, *first)
        self._check(found, flat, batches)
        return Called(self.step, flat, state, gradients)

    def _check(self, found: Sequence[Tensor], flat: Tensor, batches: Batch) -> None:
        expected = self.step.gradients(flat, *(part[0].clone() for part in batches))
        digits = 1e-9 if flat.dtype == torch.float64 else 1e-2 if self.step.stack.mixed else 1e-4
        if not all(_is_near(*pair, digits) for pair in zip(found, expected, strict=True)):
            cause = "the net gives something else when it is called again; does it draw or keep numbers in Python?"
            raise Unstable(f"{cause} Set training.engine=eager")


def _is_near(found: Tensor, expected: Tensor, digits: float) -> bool:
    """Whether two results of the same formula differ by rounding alone; an error would be of the size of the values."""
    size = expected.nan_to_num(0, 0, 0).abs().max() + 1e-6
    return torch.allclose(found, expected, rtol=0.0, atol=float(size) * digits, equal_nan=True)


class Gradients:
    """`Step.gradients` as a replay, for weights that stay where they lie."""

    def __init__(self, step: Step, flat: Tensor, batch: Sequence[Tensor]) -> None:
        """For one batch like those to come: inputs, targets, shares, keys."""
        given = [flat, *(part.clone() for part in batch)]
        self.replay = Replay(trace(step.gradients, given), given)

    def __call__(self, flat: Tensor, *batch: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients `(members, size)` and losses `(members,)`, overwritten by the next call."""
        for place, part in zip(self.replay.inputs[1:], batch, strict=True):
            place.copy_(part)
        self.replay()
        gradients, losses = self.replay.outputs
        return gradients, losses


class Parts:
    """A traced step in three: for a window of many steps at once what its gradients do not depend on, and the rest.

    The first part does not depend on the weights, and the gradients do not depend on the last one.
    """

    def __init__(self, step: Step, flat: Tensor, batches: Batch) -> None:
        graph = trace(step.gradients, [flat, *(part[0].contiguous() for part in batches)])
        weights, *_ = (str(node.target) for node in graph.placeholders)
        before, rest = hoist(graph, [weights])
        self.step, after = sink(rest, [weights])
        self.kept = [node.meta["val"] for node in self.step.results[1:]]
        step_bytes = sum(value.nbytes for value in [*(node.meta["val"] for node in before.results), *self.kept])
        self.window = max(1, min(len(batches[0]), AHEAD_BYTES // step_bytes))
        inputs = self.inputs(batches)
        self.ahead = trace(_of_many(before), inputs)
        self.after = trace(_of_many(after), [*inputs, *self.ahead(*inputs), *self.places(flat.device)])
        self.move, self.settings = move_source(step.optimizer), step.settings

    def inputs(self, batches: Batch) -> list[Tensor]:
        """Memory for what a window of steps is given."""
        return [part[: self.window].clone(memory_format=torch.contiguous_format) for part in batches]

    def places(self, device: torch.device) -> list[Tensor]:
        """Memory for what a window of steps keeps for its last part."""
        return [torch.zeros(self.window, *value.shape, dtype=value.dtype, device=device) for value in self.kept]


def _of_many(part: Trace) -> Callable[..., list[Tensor]]:
    """`part` of many steps, `(steps, ...)` of what it is given and gives."""
    return lambda *given: [value.contiguous() for value in vmap(part)(*given)]


class Played:
    """Player that runs a whole chunk as one call without Python."""

    def __init__(self, parts: Parts, flat: Tensor, move: Mover, batches: Batch) -> None:
        self.move, self.settings = move, parts.settings
        self.ahead = Replay(parts.ahead, parts.inputs(batches), name="ahead")
        given, kept = [*self.ahead.inputs, *self.ahead.outputs], parts.places(flat.device)
        self.after = Replay(parts.after, [*given, *kept], name="after")
        places = list(zip(*(place.unbind(0) for place in [*given, *kept]), strict=True))
        inputs, outputs = places[0][: len(given)], places[0][len(given) :]
        self.replay = Replay(parts.step, [flat, *inputs], moving=len(inputs), places=outputs, name="step")
        self.steps = [self.replay.views_of(place) for place in places]
        replays = [self.ahead, self.replay, self.after]
        script = compiled("\n".join([*(one.source for one in replays), parts.move, _CHUNK]))
        for one in replays:
            one.function = getattr(script, one.name)
        self.chunk = script.chunk
        # The groups of members that are updated together are the same in nearly every epoch.
        self.groups = lru_cache(8)(partial(move.groups, self.replay.outputs[0]))

    def first_of(self, batches: Batch) -> list[Tensor]:
        """Gradients and losses of the first step of a chunk, which is not taken."""
        for place, batch in zip(self.ahead.inputs, batches, strict=True):
            place.copy_(batch[: len(place)])
        self.ahead()
        self.replay(self.steps[0])
        self.after()
        return [self.replay.outputs[0], self.after.outputs[0][0]]

    def __call__(self, batches: Batch, active: Tensor, rates: Tensor) -> Callable[[], Tensor]:
        """As `Player`."""
        found = self.after.outputs[0]
        losses = torch.empty_like(active, dtype=found.dtype)
        patterns = [tuple(moves) for moves in active.tolist()]
        own = self._rates_and_decays(batches, rates)
        kinds = {kind: number for number, kind in enumerate(dict.fromkeys(own))}
        groups: list[Group] = []
        chosen: dict[tuple, range] = {}
        for pattern in dict.fromkeys(patterns):
            first = len(groups)
            groups += self.groups(pattern, tuple(map(kinds.__getitem__, own)))
            chosen[pattern] = range(first, len(groups))
        speeds = list(kinds)
        return partial(
            played,
            self.chunk,
            batches,
            self.ahead.inputs,
            self.ahead.lines.still,
            self.replay.lines.still,
            self.after.lines.still,
            self.steps,
            self.move.counts,
            active.to(self.move.counts.dtype),
            [rows for rows, _ in groups],
            [list(speeds[kind][0]) for _, kind in groups],
            [speeds[kind][1] for _, kind in groups],
            [list(chosen[pattern]) for pattern in patterns],
            found,
            losses,
        )

    def _rates_and_decays(self, batches: Batch, rates: Tensor) -> list[tuple[tuple[float, ...], float]]:
        """Of each member the rates of all steps, and the weight decay."""
        decays = self.settings(batches[4:]).get("weight_decay")
        every = [self.move.decay] * rates.shape[1] if decays is None else decays[0, :, 0].tolist()
        return list(zip(zip(*rates.tolist(), strict=True), every, strict=True))


_CHUNK = """
def chunk(
    batches: List[Tensor], places: List[Tensor], before: List[Tensor], still: List[Tensor], behind: List[Tensor],
    steps: List[List[Tensor]], counts: Tensor, active: Tensor, groups: List[List[List[Tensor]]],
    rates: List[List[float]], decays: List[float], chosen: List[List[int]], found: Tensor, losses: Tensor
) -> Tensor:
    for start in range(0, len(losses), len(steps)):
        stop = min(start + len(steps), len(losses))
        for place, batch in zip(places, batches):
            torch.ops.aten.copy_(place[: stop - start], batch[start:stop])
        ahead(before, [])
        for index in range(start, stop):
            step(still, steps[index - start])
            torch.ops.aten.add_(counts, active[index])
            for group in chosen[index]:
                move(groups[group], rates[group][index], decays[group])
        after(behind, [])
        torch.ops.aten.copy_(losses[start:stop], found[: stop - start])
    return losses
"""
