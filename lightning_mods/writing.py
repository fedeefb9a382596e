"""The calls of a replay: an operation of a trace, made to write to memory that it is given."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx

from lightning_mods.tracing import aten

Call = tuple[Callable[..., Any], tuple, dict[str, Any]]

_COMPARISONS = {aten.ge.Scalar, aten.gt.Scalar, aten.le.Scalar, aten.lt.Scalar}


def memory(value: Tensor, device: torch.device) -> Tensor:
    """For what a trace says that there will be; contiguous, whatever it says."""
    return torch.empty(value.shape, dtype=value.dtype, device=device)


def wanted(node: fx.Node) -> Any:
    """What memory for `node` must be like. A comparison is vectorised only where its type is that of its input."""
    value = node.meta["val"]
    if node.target in _COMPARISONS and all(user.target is aten._to_copy.default for user in node.users):
        return torch.empty_like(value, dtype=node.args[0].meta["val"].dtype)
    return value


def writing(node: fx.Node, arguments: tuple, options: dict[str, Any], place: Any) -> Call:
    """The call that writes what `node` gives to `place`; it has been made once when this returns."""
    if node.target is aten._to_copy.default:
        return Tensor.copy_, (place, arguments[0]), {}
    if node.target is aten.bmm.default and arguments[0].shape[2] == 1:
        return torch.mul, arguments, {"out": place}  # an outer product
    if node.target is aten.rsub.Scalar and len(arguments) == 2:
        return (
            torch.sub,
            (torch.tensor(arguments[1], dtype=place.dtype, device=place.device), arguments[0]),
            {"out": place},
        )
    name = node.target._schema.name.removeprefix("aten::")
    # A call through torch.ops takes about three microseconds more than the same function of the torch module.
    ways = [(getattr(torch, name, None), {"out": place})]
    if arguments[0] is place:
        ways.insert(0, (getattr(torch, f"{name}_", None), {}))
    variant, out = _out_variant(node.target)
    for function, added in (*ways, (variant, {out: place})):
        try:
            function(*arguments, **options, **added)
        except TypeError:
            continue
        return function, arguments, options | added
    return _computed_and_copied, (place, node.target, arguments, options), {}


def _out_variant(operation: Any) -> tuple[Callable[..., Any] | None, str]:
    """The variant of `operation` that writes to memory it is given, and the name of that argument."""
    wanted = [(one.name, str(one.type)) for one in operation._schema.arguments]
    packet = operation.overloadpacket
    for overload in (getattr(packet, name) for name in packet.overloads()):
        given = [(one.name, str(one.type)) for one in overload._schema.arguments if not one.is_out]
        out = [one.name for one in overload._schema.arguments if one.is_out]
        if len(out) == 1 and given == wanted:
            return overload, out[0]
    return None, "out"


def _computed_and_copied(place: Any, operation: Callable[..., Any], arguments: tuple, options: dict[str, Any]) -> None:
    results = operation(*arguments, **options)
    pairs = [(place, results)] if isinstance(place, Tensor) else zip(place, results, strict=True)
    for kept, result in pairs:
        if kept is not None:
            kept.copy_(result)
