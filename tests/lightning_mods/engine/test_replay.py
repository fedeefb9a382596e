"""A replayed step is the eager one, for whatever net and optimizer, and for members that stand still."""

import copy

import numpy as np
import pytest
import torch
from small import small
from torch_nets import NETS, Net
from torch_steps import COLUMNS, MEMBERS, OPTIMIZERS, STEPS, Mover, moved_by, steps_of

from lightning_mods.engine.engines import Engine
from lightning_mods.engine.traced import interpreter
from lightning_mods.layers import _VIEWS_BITS, ACTIVATIONS
from lightning_mods.stack.building import build_net
from lightning_mods.stack.stack import Stack


def assert_same(step, arguments, tolerance=1e-12):
    expected, kept, known = moved_by(Engine(step, "eager", MEMBERS, STEPS), arguments)
    move = Mover(Engine(step, "traced", MEMBERS, STEPS), *arguments[:2])
    for _ in range(2):  # memory that was left from the first time changes nothing
        flat, slots, losses = move(*arguments)
        torch.testing.assert_close(flat, expected, rtol=tolerance, atol=tolerance)
        torch.testing.assert_close(losses, known, rtol=tolerance, atol=tolerance)
        for name, slot in kept.items():
            torch.testing.assert_close(slots[name], slot, rtol=tolerance, atol=tolerance)
    assert not torch.equal(flat, arguments[0])


@pytest.mark.parametrize("activation", sorted({*ACTIVATIONS, "prelu"} - {"binary_step"}))
def test_a_replay_of_any_activation_is_the_eager_step(activation):
    study, _ = small("training.precision=64", "model.hidden=[7, 6]", f"model.activation={activation}")
    assert_same(*steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"]))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_replay_of_any_task_and_optimizer_is_the_eager_step(task, optimizer):
    study, _ = small("training.precision=64", "model.hidden=[7]")
    net = build_net(study, COLUMNS, 3 if task == "multiclass" else 1)
    assert_same(*steps_of(net, OPTIMIZERS[optimizer], task))


@pytest.mark.parametrize("name", NETS)
def test_a_replay_of_any_net_is_the_eager_step(name):
    if name == "another type of the same bits" and not _VIEWS_BITS:
        pytest.skip("the vmap of this torch does not know views of another type")
    # Adam would divide a gradient that is zero but for rounding by its own size.
    assert_same(*steps_of(NETS[name]().double(), OPTIMIZERS["momentum"]))


REFUSED = {
    "what the interpreter cannot play": lambda net, x: net.b(net.a(x) * ((net.a(x) > 0) & True)),
    "a random number of Python's": lambda net, x: net.b(net.a(x) * torch.as_tensor(np.random.rand(6))),
    "a shape that no view has": lambda net, x: net.b(net.a(x) * (x * 1).resize_(len(x), 1)),
    "a number that no script has": lambda net, x: net.b(net.a(x).clamp_min(5e-324)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_replayed_is_refused_in_a_sentence(name):
    step, arguments = steps_of(Net(REFUSED[name]).double(), OPTIMIZERS["adam"])
    with pytest.raises(ValueError, match=r"^[^\n]+[Ss]et training\.engine=eager$"):
        moved_by(Engine(step, "traced", MEMBERS, STEPS), arguments)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_replay_in_single_and_mixed_precision_is_the_eager_step(mixed):
    study, _ = small("model.hidden=[7, 6]")
    step, arguments = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["sgd"], dtype=torch.float32, mixed=mixed)
    assert_same(step, arguments, tolerance=3e-2 if mixed else 1e-5)


def test_a_member_that_stands_still_keeps_every_bit():
    study, _ = small("training.precision=64")
    step, (flat, state, batches, active, rates) = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    batches[0][:, 3] = torch.nan
    active[:, 3] = False
    moved, slots, _ = moved_by(Engine(step, "traced", MEMBERS, STEPS), (flat, state, batches, active, rates))
    assert torch.equal(moved[3], flat[3])
    assert all(torch.equal(slots[name][3], state[name][3]) for name in state)
    assert bool(torch.isfinite(moved).all())


def test_the_traced_forward_pass_is_the_eager_one_at_other_weights():
    study, _ = small("training.precision=64")
    step, (flat, _, batches, _, _) = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    engine, keys = Engine(step, "traced", MEMBERS, STEPS), torch.zeros(MEMBERS, 2, dtype=torch.int64)
    for weights in (flat, flat * 2):
        expected = step.stack.logits(weights, batches[0][0], keys, training=False)
        np.testing.assert_allclose(engine.logits(weights, batches[0][0]), expected, rtol=1e-12)


def test_a_forward_pass_in_inference_mode_and_then_in_another_is_the_same():
    study, _ = small("training.precision=64")
    step, (flat, _, batches, _, _) = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    engine = Engine(step, "traced", MEMBERS, STEPS)
    with torch.inference_mode():
        first = engine.logits(flat, batches[0][0]).clone()
    assert torch.equal(first, engine.logits(flat, batches[0][0]))


def test_an_engine_is_built_anew_for_other_memory_and_forgets_the_old_one():
    study, _ = small("training.precision=64", "model.hidden=[7]")
    step, arguments = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    engine = Engine(step, "traced", MEMBERS, STEPS)
    expected, *_ = moved_by(engine, arguments)
    kept = []
    for _ in range(3):
        found, *_ = moved_by(engine, arguments)
        kept.append(found)
        assert torch.equal(found, expected)
    assert len(engine.blocks) == 1


def test_a_copy_of_an_engine_goes_on_by_itself():
    study, _ = small("training.precision=64", "model.hidden=[7]")
    step, arguments = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    engine = Engine(step, "traced", MEMBERS, STEPS)
    expected, *_ = moved_by(engine, arguments)
    copied = copy.deepcopy(engine)
    assert torch.equal(moved_by(copied, arguments)[0], expected)
    assert torch.equal(moved_by(engine, arguments)[0], expected)
    assert copied.step is not engine.step


def test_members_that_are_left_have_the_losses_of_the_whole_stack():
    study, _ = small("training.precision=64", "model.hidden=[7]")
    step, (flat, state, batches, active, rates) = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    active[:, [1, 3]] = False
    given = flat, state, batches, active, rates
    engine = Engine(step, "traced", MEMBERS, STEPS)
    expected, _, losses = moved_by(engine, given)
    engine.compaction.price = 0
    engine.compact(active.any(0).numpy(), STEPS)
    found, _, left = moved_by(engine, given)
    assert engine.compaction.lanes.tolist() == [0, 2]
    assert len(engine.blocks) == 1
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(left[:, [0, 2]], losses[:, [0, 2]], rtol=1e-12, atol=1e-12)
    assert not left[:, [1, 3]].any()


@pytest.mark.parametrize(("dtype", "drift"), [(torch.float64, 1e-6), (torch.float32, 1e-3)])
def test_a_net_that_counts_in_python_is_refused_however_slowly_it_counts(dtype, drift):
    class Counting(Net):
        calls = 0

        def forward(self, inputs):
            self.calls += 1
            return super().forward(inputs) * (1 + drift * self.calls)

    step, arguments = steps_of(Counting(lambda net, x: net.b(net.a(x))).to(dtype), OPTIMIZERS["adam"], dtype=dtype)
    with pytest.raises(ValueError, match="draw or keep numbers in Python"):
        moved_by(Engine(step, "traced", MEMBERS, STEPS), arguments)


def test_layers_that_share_a_parameter_are_refused():
    net = Net(lambda net, x: net.b(net.a(x)))
    net.d = torch.nn.Linear(COLUMNS, COLUMNS)
    net.d.bias = net.c.bias
    with pytest.raises(ValueError, match="two layers of the net share a parameter"):
        Stack(net, MEMBERS)


@pytest.mark.parametrize(("ahead", "window"), [(1, 1), (12_000, 6), (1 << 30, STEPS)])
def test_chunks_longer_and_shorter_than_what_is_computed_ahead_are_the_eager_steps(ahead, window, monkeypatch):
    monkeypatch.setattr(interpreter, "AHEAD_BYTES", ahead)
    study, _ = small("training.precision=64", "model.hidden=[7]")
    step, (flat, state, batches, active, rates) = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    traced, eager = (Mover(Engine(step, name, MEMBERS, STEPS), flat, state) for name in ("traced", "eager"))
    for length in (STEPS, 5, 9):
        given = flat, state, [part[:length] for part in batches], active[:length], rates[:length]
        (found, slots, losses), (expected, kept, known) = traced(*given), eager(*given)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(losses, known, rtol=1e-12, atol=1e-12)
        assert torch.equal(slots["steps"], kept["steps"])
    (parts,) = traced.engine.blocks.values()
    assert {len(player.steps) for player in parts.players} == {window}


def test_members_with_rates_of_their_own_in_each_step_move_as_each_would_alone():
    study, _ = small("training.precision=64")
    step, (flat, state, batches, active, _) = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    rates = torch.tensor([0.01, 0.1, 0.01, 0.0], dtype=torch.float64) * torch.linspace(1, 3, STEPS)[:, None]
    moved, _, _ = moved_by(Engine(step, "traced", MEMBERS, STEPS), (flat, state, batches, active, rates))
    for member in range(MEMBERS):
        same = flat, state, batches, active, rates[:, member : member + 1].expand_as(rates)
        alone, _, _ = moved_by(Engine(step, "traced", MEMBERS, STEPS), same)
        assert torch.equal(moved[member], alone[member])
    assert torch.equal(moved[3], flat[3])


def test_a_replay_of_rates_that_change_from_step_to_step_is_the_eager_step():
    study, _ = small("training.precision=64")
    step, (*given, rates) = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["adam"])
    changing = rates * torch.rand(rates.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert_same(step, (*given, changing))
    one, _, _ = moved_by(Engine(step, "traced", MEMBERS, STEPS), (*given, changing))
    other, _, _ = moved_by(Engine(step, "traced", MEMBERS, STEPS), (*given, changing[:1].expand_as(rates)))
    assert (one - other).abs().amax(1).min() > 1e-4
