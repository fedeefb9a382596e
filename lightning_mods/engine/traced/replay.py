"""Memory plan of a trace: each operation writes to a buffer that is allocated once, and views are made once.

Allocating small tensors takes about as long as computing them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from torch import Tensor, fx

from lightning_mods.engine.traced.nodes import COPIES, is_pointwise, is_view, writes
from lightning_mods.engine.traced.private_names import aten
from lightning_mods.engine.traced.scripting import Lines, compiled, played
from lightning_mods.engine.traced.tracing import Trace
from lightning_mods.engine.traced.writing import Call, memory, wanted, writing


class Replay:
    """The operations of a graph on fixed memory: each run reads `inputs` and writes `outputs`, the same tensors."""

    def __init__(
        self,
        trace: Trace,
        inputs: Sequence[Tensor],
        moving: int = 0,
        places: Sequence[Tensor] = (),
        name: str = "replay",
    ) -> None:
        """With contiguous `inputs`, which are written before a run.

        The last outputs are written to `places`; these and the last `moving` inputs may be other tensors in each run.
        """
        assert all(one.is_contiguous() for one in [*inputs, *places])
        plan = _Plan(trace, inputs, places)
        self.inputs, self.outputs = inputs, plan.outputs
        self.moving = [*inputs[len(inputs) - moving :], *places]
        self.name, self.lines = name, Lines(plan.calls, {_memory_of(one) for one in self.moving})
        self.source = self.lines.function(name)

    @cached_property
    def function(self) -> Any:
        """The operations as a function of torch's interpreter."""
        return getattr(compiled(self.source), self.name)

    def __call__(self, moving: Sequence[Tensor] | None = None) -> None:
        """Compute `outputs` from `inputs`, or from what `views_of` has returned."""
        played(self.function, self.lines.still, moving or self.lines.moving)

    def views_of(self, moved: Sequence[Tensor]) -> list[Tensor]:
        """The tensors to read and write if `moved` stand for the moving inputs and places."""
        places = {_memory_of(one): (one, other) for one, other in zip(self.moving, moved, strict=True)}
        return [_moved(tensor, *places[_memory_of(tensor)]) for tensor in self.lines.moving]


@contextmanager
def refusing() -> Iterator[None]:
    """Turns an error of torch's interpreter into a ValueError of one line with a cure."""
    try:
        yield
    except RuntimeError as error:
        cause = f"torch's interpreter cannot play the net ({_cause_of(error)})"
        raise ValueError(f"{cause}; set training.engine=eager") from error


def _cause_of(error: Exception) -> str:
    """The line of a message that has the cause: the first one; of an error inside a script, the last one."""
    first, *_, last = [*str(error).strip().splitlines()] * 2
    return last.removeprefix("RuntimeError: ") if last.startswith("RuntimeError") else first


def _memory_of(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _moved(view: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """The view of `other` that is to it as `view` is to `one`."""
    one, other = one.view(view.dtype), other.view(view.dtype)
    offset = other.storage_offset() + view.storage_offset() - one.storage_offset()
    return other.as_strided(view.shape, view.stride(), offset)


class _Plan:
    """Plans the memory of a graph, node by node; an owner is a node whose buffer others may be views of."""

    def __init__(self, trace: Trace, inputs: Sequence[Tensor], places: Sequence[Tensor]) -> None:
        self.calls: list[Call] = []
        nodes = list(trace.graph.nodes)[:-1]
        self.device = inputs[0].device
        results = trace.results
        placed = results[len(results) - len(places) :]
        self.places = dict(zip(placed, places, strict=True))
        self.values: dict[fx.Node, Any] = dict(zip(trace.placeholders, inputs, strict=True))
        self.buffers: dict[fx.Node, Tensor] = {}
        self.free: list[Tensor] = []
        self.owners, self.last_use = _lives(nodes, results)
        for time, node in enumerate(nodes):
            if node.op == "get_attr":
                self.values[node] = getattr(trace.constants, node.target)
            elif node.op == "call_function":
                try:
                    self._add(node, time)
                except RuntimeError as error:
                    cause = f"the net's {node.target} cannot be replayed ({_cause_of(error)})"
                    raise ValueError(f"{cause}; set training.engine=eager") from error
        for node, place in self.places.items():
            if self.values[node] is not place:
                self.calls.append(Call(aten.copy_.default, (place, self.values[node]), {}))
        self.outputs = [self.places.get(node, self.values[node]) for node in results]

    def _add(self, node: fx.Node, time: int) -> None:
        arguments, options = fx.map_arg((node.args, node.kwargs), self.values.__getitem__)
        if is_view(node):
            assert callable(node.target)
            self.values[node] = node.target(*arguments, **options)
            return
        if writes(node):
            self.values[node] = arguments[0]
            self.calls.append(Call(node.target, arguments, options))
        else:
            self.values[node] = self._place(node, time)
            if node.target in COPIES and arguments[0] is self.values[node]:
                return
            self.calls.append(writing(node, arguments, options, self.values[node]))
        self.calls[-1]()
        for owner in [owner for owner in self.buffers if self.last_use[owner] <= time]:
            self.free.append(self.buffers.pop(owner))

    def _place(self, node: fx.Node, time: int) -> Any:
        """Buffer for the output of `node`: that of a value that is not read again, a free one, or a new one."""
        value = wanted(node)
        if node in self.places and _alike(self.places[node], value):
            return self.places[node]
        if not isinstance(value, Tensor):
            return [None if one is None else memory(one, self.device) for one in value]
        for owner in dict.fromkeys(self.owners[source] for source in node.all_input_nodes):
            if owner in self.buffers and self._may_take(node, owner, time):
                self.buffers[node] = self.buffers.pop(owner)
                return self.values[owner]
        fitting = [one for one in self.free if _alike(one, value)]
        if fitting:
            self.free = [one for one in self.free if one is not fitting[-1]]
        else:
            fitting = [memory(value, self.device)]
        self.buffers[node] = fitting[-1]
        return fitting[-1]

    def _may_take(self, node: fx.Node, owner: fx.Node, time: int) -> bool:
        """Whether `node` may overwrite the output of `owner`: it is not read again, or here only and elementwise."""
        taken, value = self.values[owner], wanted(node)
        if self.last_use[owner] > time or not _alike(taken, value):
            return False
        read = [self.values[source] for source in node.all_input_nodes if self.owners[source] is owner]
        same = all(one.data_ptr() == taken.data_ptr() and _alike(one, taken) for one in read)
        return not read or (same and (is_pointwise(node) or node.target in COPIES))


def _alike(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and one.stride() == other.stride() and one.dtype == other.dtype


def _lives(nodes: Sequence[fx.Node], results: Sequence[fx.Node]) -> tuple[dict[fx.Node, fx.Node], dict[fx.Node, int]]:
    """The owner of each node's memory, and when the memory of each owner is read for the last time."""
    owners: dict[fx.Node, fx.Node] = {}
    last_use: dict[fx.Node, int] = {}
    for time, node in enumerate(nodes):
        owners[node] = owners[node.all_input_nodes[0]] if is_view(node) or writes(node) else node
        last_use |= {owners[node]: time} | {owners[source]: time for source in node.all_input_nodes}
    return owners, last_use | {owners[node]: len(nodes) for node in results}
