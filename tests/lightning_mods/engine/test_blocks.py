"""Members in blocks, on threads of their own, are the members of one stack."""

import time

import pytest
import torch
from small import small
from torch_steps import COLUMNS, MEMBERS, OPTIMIZERS, STEPS, Mover, moved_by, steps_of

from experiment.rules.resources import fitting as resources
from lightning_mods.engine.engines import Engine
from lightning_mods.stack.building import build_net


def work(optimizer):
    study, _ = small("training.precision=64", "model.hidden=[7]")
    return steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS[optimizer])


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(resources, "BLOCK_FLOPS", 1.0)
    monkeypatch.setattr(resources, "num_cores", lambda: 2)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_two_blocks_are_one_stack(two_cores, monkeypatch):
    step, arguments = work("adamw")
    split = Mover(Engine(step, "traced", MEMBERS, STEPS), *arguments[:2])
    found = [split(*arguments) for _ in range(3)]
    monkeypatch.setattr(resources, "num_cores", lambda: 1)
    expected, slots, losses = moved_by(Engine(step, "traced", MEMBERS, STEPS), arguments)
    for moved, kept, told in found:
        torch.testing.assert_close(moved, expected, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(told, losses, rtol=1e-12, atol=1e-12)
        for name, slot in slots.items():
            torch.testing.assert_close(kept[name], slot, rtol=1e-12, atol=1e-12)
    (parts,) = split.engine.blocks.values()
    assert [len(player.move.weights) for player in parts.players] == [2, 2]
    assert {parts.pool.submit(torch.get_num_threads).result() for _ in range(8)} == {1}
    assert torch.get_num_threads() == 2  # what comes between the chunks has them all


def test_a_net_that_is_called_is_called_by_one_thread(two_cores):
    step, arguments = work("adamw")
    engine = Engine(step, "eager", MEMBERS, STEPS)
    engine.run(*arguments)
    (parts,) = engine.blocks.values()
    assert [len(player.flat) for player in parts.players] == [MEMBERS]
    assert torch.get_num_threads() == 2


def test_what_goes_wrong_in_a_block_is_heard(two_cores, monkeypatch):
    step, arguments = work("adam")
    engine = Engine(step, "traced", MEMBERS, STEPS)
    engine.run(*arguments)
    (parts,) = engine.blocks.values()

    def broken():
        raise MemoryError("no room")

    monkeypatch.setattr(parts, "players", [parts.players[0], lambda *_: broken])
    with pytest.raises(MemoryError, match="no room"):
        engine.run(*arguments)


def test_no_block_goes_on_when_another_has_failed(two_cores, monkeypatch):
    step, arguments = work("adam")
    engine = Engine(step, "traced", MEMBERS, STEPS)
    engine.run(*arguments)
    (parts,) = engine.blocks.values()
    ended = []

    def broken():
        raise MemoryError("no room")

    def slow():
        time.sleep(0.2)
        ended.append(True)

    monkeypatch.setattr(parts, "players", [lambda *_: broken, lambda *_: slow])
    with pytest.raises(MemoryError, match="no room"):
        engine.run(*arguments)
    assert ended == [True]
