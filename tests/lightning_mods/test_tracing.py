"""A trace does for other values what the function does, and a step in two parts what the step does in one."""

import pytest
import torch
from torch.func import vmap

from lightning_mods.hoisting import hoist
from lightning_mods.layers import keep_mask
from lightning_mods.replay import Replay
from lightning_mods.tracing import aten, is_view, trace

KEY, WIDTH = torch.tensor([3, 5]), 4


def gradient_of(weights, rows, keys):
    """Through autograd and vmap, with a constant, views and a value that is one of several."""

    def member(own, key, batch):
        kept = batch.T.contiguous().T * keep_mask(key, 7, tuple(batch.shape), 0.4)
        return (torch.arange(3.0)[:, None] * (kept @ own).tanh()).max(0).values.sum()

    weights = weights.detach().requires_grad_()
    losses = vmap(member)(weights, keys, rows)
    (gradients,) = torch.autograd.grad(losses.sum(), weights)
    return gradients, losses.detach()


def arguments(seed, steps=()):
    draw = torch.Generator().manual_seed(seed)
    return [
        torch.randn(2, WIDTH, WIDTH, generator=draw),
        torch.randn(*steps, 2, 3, WIDTH, generator=draw),
        torch.randint(0, 2**31 - 1, (*steps, 2, 2), generator=draw),
    ]


def test_a_trace_gives_for_other_values_what_the_function_gives():
    graph = trace(gradient_of, arguments(0))
    for seed in (1, 2):
        for found, expected in zip(graph(*arguments(seed)), gradient_of(*arguments(seed)), strict=True):
            torch.testing.assert_close(found, expected)


def test_a_trace_knows_nothing_of_autograd():
    targets = {node.target for node in trace(gradient_of, arguments(0)).graph.nodes}
    assert aten.detach.default not in targets
    assert aten.tanh_backward.default in targets


def test_a_function_that_looks_at_a_value_is_refused():
    def fickle(numbers):
        return (numbers * 2 if numbers.sum().item() > 0 else numbers,)

    with pytest.raises(ValueError, match="differs from step to step"):
        trace(fickle, [torch.ones(3)])


def test_a_function_that_writes_to_a_constant_is_refused():
    place = torch.zeros(3)

    def keeping(numbers):
        place.copy_(numbers)
        return (place * 2,)

    with pytest.raises(ValueError, match="writes to a constant"):
        trace(keeping, [torch.ones(3)])


def test_what_does_not_depend_on_the_weights_is_the_first_part():
    graph = trace(gradient_of, arguments(0))
    weights, *_ = (node.target for node in graph.graph.nodes if node.op == "placeholder")
    before, after = hoist(graph, [weights])
    names = [[node.target for node in part.graph.nodes if node.op == "call_function"] for part in (before, after)]
    assert aten.bitwise_xor.Tensor in names[0]
    assert aten.bitwise_xor.Tensor not in names[1]
    assert aten.bmm.default in names[1]
    assert aten.bmm.default not in names[0]


def test_the_first_part_of_many_steps_at_once_and_the_second_part_of_each_are_the_steps():
    graph = trace(gradient_of, arguments(0))
    weights, *_ = (node.target for node in graph.graph.nodes if node.op == "placeholder")
    before, after = hoist(graph, [weights])
    own, *batches = arguments(3, steps=(5,))
    for step, ahead in enumerate(zip(*vmap(before)(*batches), strict=True)):
        given = own, *(part[step] for part in batches)
        for found, expected in zip(after(*given, *ahead), gradient_of(*given), strict=True):
            torch.testing.assert_close(found, expected)


def test_a_replay_on_other_memory_reads_there_and_leaves_the_first_alone():
    graph = trace(gradient_of, arguments(0))
    first, second = arguments(1), arguments(2)
    replay = Replay(graph, first, moving=2)
    replay(replay.views_of(second[1:]))
    torch.testing.assert_close(replay.outputs[0], gradient_of(first[0], *second[1:])[0])
    replay()
    torch.testing.assert_close(replay.outputs[0], gradient_of(*arguments(1))[0])


def test_a_view_is_told_from_an_operation():
    graph = trace(lambda numbers: (numbers.T + 1,), [torch.ones(2, 3)])
    assert [is_view(node) for node in graph.graph.nodes if node.op == "call_function"] == [True, False]
