"""Members in blocks, on threads of their own, are the members of one stack."""

import pytest
import torch
from small import small
from torch_steps import COLUMNS, MEMBERS, OPTIMIZERS, STEPS, steps_of

from lightning_mods import chunks
from lightning_mods.chunks import num_blocks
from lightning_mods.engines import Engine
from lightning_mods.module import build_net


def work(optimizer):
    study, _ = small("training.precision=64", "model.hidden=[7]")
    return steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS[optimizer])


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_two_blocks_are_one_stack(two_threads, monkeypatch):
    step, arguments = work("adamw")
    expected, slots, losses = Engine(step, "traced", MEMBERS, STEPS).run(*arguments)
    monkeypatch.setattr(chunks, "BLOCK_FLOPS", 1.0)
    split = Engine(step, "traced", MEMBERS, STEPS)
    for _ in range(3):
        moved, kept, told = split.run(*arguments)
        torch.testing.assert_close(moved, expected, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(told, losses, rtol=1e-12, atol=1e-12)
        for name, slot in slots.items():
            torch.testing.assert_close(kept[name], slot, rtol=1e-12, atol=1e-12)
    (blocks,) = split.blocks.values()
    assert [len(steps.flat) for steps in blocks.steps] == [2, 2]
    assert {blocks.pool.submit(torch.get_num_threads).result() for _ in range(8)} == {torch.get_num_threads()} == {1}


def test_a_net_that_is_called_is_called_by_one_thread(two_threads, monkeypatch):
    step, arguments = work("adamw")
    monkeypatch.setattr(chunks, "BLOCK_FLOPS", 1.0)
    engine = Engine(step, "eager", MEMBERS, STEPS)
    engine.run(*arguments)
    (blocks,) = engine.blocks.values()
    assert [len(steps.flat) for steps in blocks.steps] == [MEMBERS]
    assert torch.get_num_threads() == 2


def test_what_goes_wrong_in_a_block_is_heard(two_threads, monkeypatch):
    step, arguments = work("adam")
    monkeypatch.setattr(chunks, "BLOCK_FLOPS", 1.0)
    engine = Engine(step, "traced", MEMBERS, STEPS)
    engine.run(*arguments)
    (blocks,) = engine.blocks.values()

    def broken(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(blocks.steps[1], "gradients", broken)
    with pytest.raises(MemoryError, match="no room"):
        engine.run(*arguments)


def test_blocks_are_as_many_as_have_enough_to_do():
    weights = torch.zeros(200, 6209)
    assert num_blocks(weights, 32, threads=16) == 4
    assert num_blocks(weights, 32, threads=2) == 2
    assert num_blocks(weights[:10], 32, threads=2) == 1
    assert num_blocks(torch.zeros(3, 500_000), 512, threads=16) == 3
