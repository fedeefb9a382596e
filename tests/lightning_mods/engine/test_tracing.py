"""A trace does for other values what the function does, and a step in two parts what the step does in one."""

import pytest
import torch
from torch.func import vmap

from lightning_mods.engine.traced.hoisting import hoist
from lightning_mods.engine.traced.nodes import aten, is_view
from lightning_mods.engine.traced.replay import Replay
from lightning_mods.engine.traced.sinking import sink
from lightning_mods.engine.traced.tracing import trace
from lightning_mods.layers import keep_mask

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


def squares(weights, rows):
    return weights * rows, (weights * rows).square().sum(1)


def own_weights(weights, rows):
    return weights * rows, weights.square()


def overwritten(weights, rows):
    product = weights * rows
    loss = product.exp()
    return product.mul_(2.0), loss


def several(weights, rows):
    largest, where = (weights * rows).max(1)
    return weights * where[:, None], largest.square()


def nothing(weights, rows):
    loss = (weights * rows).sum(1)
    return weights * loss[:, None], loss


SUNK = {squares: True, own_weights: False, overwritten: False, several: True, nothing: False}
"""Gradients and losses of a step, and whether something of the losses can wait for many steps."""


@pytest.mark.parametrize("step", SUNK, ids=lambda step: step.__name__)
def test_what_the_first_result_does_not_need_can_wait_until_many_steps_are_done(step):
    steps = torch.randn(5, 2, 2, 3, generator=torch.Generator().manual_seed(0))
    graph = trace(step, list(steps[0]))
    first, after = sink(graph, [graph.placeholders[0].target])
    assert bool([node for node in after.graph.nodes if node.op == "call_function"]) == SUNK[step]
    places = [torch.empty(5, *node.meta["val"].shape) for node in first.results[1:]]
    given = [steps[0, 0].clone(), steps[0, 1].clone()]
    replay = Replay(first, given, moving=1, places=[place[0] for place in places])
    for index, (weights, rows) in enumerate(steps):
        given[0].copy_(weights)
        replay(replay.views_of([rows.contiguous(), *(place[index] for place in places)]))
        torch.testing.assert_close(replay.outputs[0], step(weights, rows)[0])
    (losses,) = vmap(after)(steps[:, 1], *places)
    torch.testing.assert_close(losses, torch.stack([step(*one)[1] for one in steps]))


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


PRODUCTS_WITH_ONE = {
    "number by number": (lambda one, other: one + other, 0),
    "through a view": (lambda one, other: one.view(2, 1, 3) * other[:, None], 0),
    "through a view that a part of a row has not": (lambda one, other: one.view(6) + other.view(6), 1),
    "through a view by a product of matrices": (lambda one, other: one.view(2, 3, 1) @ other[:, None], 1),
    "by a product of matrices": (lambda one, other: one @ other.T, 1),
    "by nobody": (lambda one, other: one, 1),
    "by who writes it": (lambda one, other: one.add_(other), 1),
    "by who writes a view of it": (lambda one, other: one.view(6).add_(other.view(6)), 1),
}


@pytest.mark.parametrize("how", PRODUCTS_WITH_ONE)
def test_a_product_with_one_is_left_out_where_a_part_of_a_row_can_be_read_instead(how):
    reads, products = PRODUCTS_WITH_ONE[how]

    def function(rows, other):
        return (reads(aten.mul.Scalar(rows[:, 1:4], 1), other),)

    graph = trace(function, [torch.zeros(2, 5), torch.zeros(2, 3)])
    assert [node.target for node in graph.graph.nodes].count(aten.mul.Scalar) == products
    given = [torch.arange(10.0).view(2, 5), torch.arange(6.0).view(2, 3) + 0.5]
    expected = function(*[one.clone() for one in given])
    replay = Replay(graph, [torch.empty(2, 5), torch.empty(2, 3)])
    torch._foreach_copy_(replay.inputs, given)
    replay()
    torch.testing.assert_close(replay.outputs, list(expected))
    torch.testing.assert_close(replay.inputs, given)
