"""Calls of a replay: the variant of each operation that writes to a given buffer (in place, `out=`, or a copy)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from lightning_mods.engine.traced.nodes import COPIES
from lightning_mods.engine.traced.private_names import TO_COPY, aten, schema
from lightning_mods.engine.traced.tracing import taken

_COMPARISONS = {aten.ge.Scalar, aten.gt.Scalar, aten.le.Scalar, aten.lt.Scalar}


@dataclass(frozen=True)
class Call:
    """An operation with its arguments; `place` is where its results are copied to, if it does not write them there."""

    operation: Any
    arguments: Sequence[Any]
    options: dict[str, Any]
    place: Any = None

    def __call__(self) -> None:
        """Make it, from Python."""
        results = self.operation(*self.arguments, **self.options)
        pairs = [(self.place, results)] if isinstance(results, Tensor) else zip(self.place, results, strict=True)
        for place, result in pairs:
            if place is not None:
                place.copy_(result)


def memory(value: Tensor, device: torch.device) -> Tensor:
    """A buffer with the shape, strides and dtype that were traced."""
    return torch.empty_like(value, device=device)


def wanted(node: fx.Node) -> Any:
    """The kind of buffer that `node` needs. A comparison is vectorised only if its dtype is that of its input."""
    value = node.meta["val"]
    if node.target in _COMPARISONS and all(user.target is TO_COPY for user in node.users):
        return torch.empty_like(value, dtype=node.all_input_nodes[0].meta["val"].dtype)
    return value


def writing(node: fx.Node, arguments: tuple, options: dict[str, Any], place: Any) -> Call:
    """The call that writes the output of `node` to `place`, by the fastest variant that there is."""
    return next(_ways(node.target, arguments, options, place))


def _ways(operation: Any, arguments: tuple, options: dict[str, Any], place: Any) -> Iterator[Call]:
    if operation in COPIES:
        yield Call(aten.copy_.default, (place, arguments[0]), {})
    if operation is aten.bmm.default and arguments[0].shape[2] == 1:
        yield Call(aten.mul.out, arguments, {"out": place})  # an outer product
    if operation is aten.rsub.Scalar and len(arguments) == 2:
        minuend = torch.tensor(arguments[1], dtype=place.dtype, device=place.device)
        yield Call(aten.sub.out, (minuend, arguments[0]), {"out": place})
    if arguments and arguments[0] is place:
        for variant in _variants(operation, f"{operation.overloadpacket.__name__}_", taken):
            yield Call(variant, arguments, options)
    if isinstance(place, Tensor):
        for variant in _variants(operation, operation.overloadpacket.__name__, _taken_beside_out):
            (name,) = (one.name for one in schema(variant).arguments if one.is_out)
            yield Call(variant, arguments, options | {name: place})
    yield Call(operation, arguments, options, place)


def _variants(operation: Any, name: str, takes: Callable[[Any], list[tuple[str, str]]]) -> Iterator[Any]:
    """Overloads of `name` that take what `operation` takes."""
    packet = getattr(getattr(torch.ops, operation.namespace), name, None)
    for overload in [getattr(packet, one) for one in packet.overloads()] if packet else []:
        if takes(overload) == taken(operation) and len(schema(overload).returns) == 1:
            yield overload


def _taken_beside_out(operation: Any) -> list[tuple[str, str]]:
    outs = [one.name for one in schema(operation).arguments if one.is_out]
    return [one for one in taken(operation) if one[0] not in outs] if len(outs) == 1 else []
