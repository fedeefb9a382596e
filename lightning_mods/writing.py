"""The calls of a replay: an operation of a trace, made to write to memory that it is given."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, fx

from lightning_mods.tracing import aten

Call = tuple[Callable[..., Any], tuple, dict[str, Any]]

_COMPARISONS = {aten.ge.Scalar, aten.gt.Scalar, aten.le.Scalar, aten.lt.Scalar}


def memory(value: Tensor, device: torch.device) -> Tensor:
    """For what a trace says that there will be, laid out as it was then: views are made of it."""
    return torch.empty_like(value, device=device)


def wanted(node: fx.Node) -> Any:
    """What memory for `node` must be like. A comparison is vectorised only where its type is that of its input."""
    value = node.meta["val"]
    if node.target in _COMPARISONS and all(user.target is aten._to_copy.default for user in node.users):
        return torch.empty_like(value, dtype=node.args[0].meta["val"].dtype)
    return value


def writing(node: fx.Node, arguments: tuple, options: dict[str, Any], place: Any) -> Call:
    """The call that writes what `node` gives to `place`; it has been made once when this returns."""
    for call, given, named in _ways(node, arguments, options, place):
        try:
            call(*given, **named)
        except TypeError:
            continue
        return call, given, named
    raise AssertionError(node)


def _ways(node: fx.Node, arguments: tuple, options: dict[str, Any], place: Any) -> Iterator[Call]:
    """Calls that may do it, the fastest first; the last one can."""
    if node.target is aten._to_copy.default:
        yield Tensor.copy_, (place, arguments[0]), {}
    if node.target is aten.bmm.default and arguments[0].shape[2] == 1:
        yield torch.mul, arguments, {"out": place}  # an outer product
    if node.target is aten.rsub.Scalar and len(arguments) == 2:
        minuend = torch.tensor(arguments[1], dtype=place.dtype, device=place.device)
        yield torch.sub, (minuend, arguments[0]), {"out": place}
    # A call through torch.ops takes about three microseconds more than the same function of the torch module.
    name = node.target._schema.name.removeprefix("aten::")
    if arguments and arguments[0] is place and hasattr(torch, f"{name}_"):
        yield getattr(torch, f"{name}_"), arguments, options
    if hasattr(torch, name):
        yield getattr(torch, name), arguments, options | {"out": place}
    variant, argument = _out_variant(node.target)
    if variant is not None:
        yield variant, arguments, options | {argument: place}
    yield _computed_and_copied, (place, node.target, arguments, options), {}


def _out_variant(operation: Any) -> tuple[Callable[..., Any] | None, str]:
    """The variant of `operation` that writes to memory it is given, and the name of that argument."""
    taken = [(one.name, str(one.type)) for one in operation._schema.arguments]
    packet = operation.overloadpacket
    for overload in (getattr(packet, name) for name in packet.overloads()):
        given = [(one.name, str(one.type)) for one in overload._schema.arguments if not one.is_out]
        out = [one.name for one in overload._schema.arguments if one.is_out]
        if len(out) == 1 and given == taken:
            return overload, out[0]
    return None, "out"


def _computed_and_copied(place: Any, operation: Callable[..., Any], arguments: tuple, options: dict[str, Any]) -> None:
    results = operation(*arguments, **options)
    pairs = [(place, results)] if isinstance(place, Tensor) else zip(place, results, strict=True)
    for kept, result in pairs:
        if kept is not None:
            kept.copy_(result)
