"""Check of a net before training: a net that would train wrongly without an error is refused."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

from experiment.nets.net_check import NetCheck, Update, check_answers, moved_weights, sampled_update
from experiment.nets.net_errors import DRAWS, LOOKS, NetError
from lightning_mods.engine.step import Step
from lightning_mods.stack.members import row_shares
from lightning_mods.stack.optimizer import initial_state, update
from lightning_mods.stack.stack import Stack


def try_net(step: Step, build: Callable[[], nn.Module], inputs: Tensor, goals: Tensor) -> NetCheck:
    """Check the net of a `step` as it is trained and as it predicts, on two batches `(2, rows, columns)`.

    `goals` `(2, rows)` are the targets of the batches; `build` gives the same net anew. Raises NetError if the
    net draws random numbers of its own, looks at values, uses weights that are not its own, mixes the rows of a batch,
    or is another net whenever it is built.
    """
    stack = step.stack
    weights = moved_weights(stack.flat[:1].detach().cpu().numpy(), stack.layout)
    flat = torch.as_tensor(weights, device=stack.flat.device).expand(2, -1)
    trained = _train(stack, flat, inputs)
    if hidden := list(_leaves(trained.grad_fn)):
        raise NetError(
            f"{_place(stack.net, hidden[0])} is no part of the net, so it would be neither trained nor saved; "
            "keep layers in attributes, nn.ModuleList or nn.ModuleDict, and weights in nn.Parameter"
        )
    anew = Stack(build(), 1, stack.flat.dtype, stack.mixed)
    with torch.no_grad():
        # A net may write to its inputs.
        predicted, repeated = stack.predict(flat, inputs.clone()), anew.predict(flat[:1], inputs[:1].clone())
    answers = torch.stack([trained.detach(), predicted]).cpu().numpy()
    check_answers(answers, repeated[0].cpu().numpy(), stack.mixed)
    return NetCheck(stack.layout, answers, _update(step, flat, inputs, goals))


def _update(step: Step, flat: Tensor, inputs: Tensor, goals: Tensor) -> Update:
    """One update of two members with weights `flat` `(2, size)`, each on a batch of its own."""
    keys = torch.zeros(2, 2, dtype=torch.int64, device=flat.device)
    with torch.enable_grad():
        gradients, losses = step.gradients(flat, inputs, goals, row_shares(torch.ones_like(inputs[..., 0])), keys)
    everyone = torch.ones(2, dtype=torch.bool, device=flat.device)
    rates = torch.full((2,), step.optimizer.learning_rate, dtype=torch.float64)
    with torch.no_grad():
        moved, state = update(step.optimizer, flat, gradients, initial_state(step.optimizer, flat), everyone, rates)
        moved, _ = update(step.optimizer, moved, gradients / 2, state, everyone, rates)
    return sampled_update(step.stack.layout, *(part.cpu().numpy() for part in (losses, gradients, moved - flat)))


def _train(stack: Stack, flat: Tensor, inputs: Tensor) -> Tensor:
    """Logits in training mode, from weights that need no gradient."""
    try:
        with torch.enable_grad():
            return stack.logits(flat, inputs.clone(), torch.zeros(2, 2, dtype=torch.int64, device=flat.device), True)
    except RuntimeError as error:
        if "random operation" in str(error):
            raise NetError(DRAWS) from error
        if "data-dependent control flow" in str(error) or "calling .item()" in str(error):
            raise NetError(LOOKS) from error
        raise


def _leaves(node: Node | None) -> Iterator[Tensor]:
    """The leaves of an autograd graph: the tensors that would get a gradient."""
    nodes, seen = [node], set()
    while nodes:
        one = nodes.pop()
        if one is not None and one not in seen:
            seen.add(one)
            nodes += [before for before, _ in one.next_functions]
            if hasattr(one, "variable"):
                yield one.variable


def _place(net: nn.Module, weight: Tensor) -> str:
    """Where an unregistered weight is held: `layer 'blocks[0]' (Linear)`, as far as attributes of the net show."""
    for path, layer in net.named_modules():
        for name, attribute in vars(layer).items():
            for keys, value in _held(attribute):
                held = value.parameters() if isinstance(value, nn.Module) else [value]
                if any(one is weight for one in held):
                    kind = "layer" if isinstance(value, nn.Module) else "weight"
                    return f"{kind} '{'.'.join(filter(None, [path, name]))}{keys}' ({type(value).__name__})"
    return f"a weight {tuple(weight.shape)} that it uses"


def _held(value: Any, keys: str = "") -> Iterator[tuple[str, Any]]:
    """What an attribute holds in lists, tuples and dicts, with its place in them: `[0]`; any other value as it is."""
    if not isinstance(value, Mapping | list | tuple):
        yield keys, value
        return
    for key, one in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from _held(one, f"{keys}[{key!r}]")
