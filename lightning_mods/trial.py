"""Tries a net before it is trained: what would train wrongly without a word is refused."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.utils._pytree import keystr, tree_flatten_with_path

from experiment.net_errors import DRAWS, LOOKS, NetError
from experiment.net_trial import Trial, check_answers, trial_weights
from lightning_mods.stack import Stack


def try_net(stack: Stack, build: Callable[[], nn.Module], inputs: Tensor) -> Trial:
    """Try the net of a `stack` as it is trained and as it predicts, on two batches `(2, rows, columns)`.

    `build` gives the same net anew. Raises NetError if it draws random numbers of its own, looks at values, uses
    weights that are not its own, mixes the rows of a batch, or is another net whenever it is built.
    """
    weights = trial_weights(stack.flat[:1].detach().cpu().numpy(), stack.layout)
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
    return Trial(stack.layout, answers)


def _train(stack: Stack, flat: Tensor, inputs: Tensor) -> Tensor:
    """Logits in training mode, which no weight of the net is asked to give a gradient for."""
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
    """The tensors that a gradient would go to."""
    nodes, seen = [node], {None}
    while nodes:
        node = nodes.pop()
        if node not in seen:
            seen.add(node)
            nodes += [before for before, _ in node.next_functions]
            if hasattr(node, "variable"):
                yield node.variable


def _place(net: nn.Module, weight: Tensor) -> str:
    """What holds a weight that torch does not know of: `layer 'blocks[0]' (Linear)`, as far as attributes tell."""
    for path, layer in net.named_modules():
        for (name, *keys), value in tree_flatten_with_path(vars(layer))[0]:
            held = value.parameters() if isinstance(value, nn.Module) else [value]
            if any(one is weight for one in held):
                kind = "layer" if isinstance(value, nn.Module) else "weight"
                where = ".".join(filter(None, [path, name.key])) + keystr(keys)
                return f"{kind} '{where}' ({type(value).__name__})"
    return f"a weight {tuple(weight.shape)} that it uses"
