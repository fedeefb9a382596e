import numpy as np
import pytest
import torch
from formulas import OPTIMIZERS, optimize

from configs.sections.optimizer import Optimizer
from lightning_mods.optimizers import adam
from lightning_mods.stack.optimizer import StackOptimizer, initial_state, try_optimizer, update

RANDOM = np.random.default_rng(0)
WEIGHTS = RANDOM.normal(size=(4, 30))
GRADIENTS = RANDOM.normal(size=(25, 4, 30)) * np.array([1.0, 1e-6, 100.0, 1.0])[:, None]
EVERYONE = np.ones(4, bool)


def trained(settings, active=lambda step: EVERYONE, rates=None, gradients=GRADIENTS):
    """Weights and state after every step of `gradients`."""
    flat = torch.tensor(WEIGHTS)
    rates = torch.full((4,), settings.learning_rate, dtype=torch.float64) if rates is None else torch.tensor(rates)
    state = initial_state(settings, flat)
    for step, gradient in enumerate(gradients):
        flat, state = update(settings, flat, torch.tensor(gradient), state, torch.tensor(active(step)), rates)
    return flat.numpy(), {name: slot.numpy() for name, slot in state.items()}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_member_moves_by_the_textbooks_formula(name):
    settings = Optimizer(**OPTIMIZERS[name])
    weights, state = trained(settings)
    for member in range(4):
        reference = optimize(settings, WEIGHTS[member], GRADIENTS[:, member])
        np.testing.assert_allclose(weights[member], reference, rtol=1e-12, atol=1e-13)
    assert state["steps"].tolist() == [25.0] * 4


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "lion"])
def test_a_stack_moves_as_the_frameworks_own_optimizer(name):
    settings = Optimizer(**OPTIMIZERS[name])
    parameter, own = torch.nn.Parameter(torch.tensor(WEIGHTS)), settings.arguments
    common = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    if settings.name == "sgd":
        optimizer = torch.optim.SGD([parameter], **common, **own)
    else:
        adam = common | {"betas": (own["beta1"], own["beta2"]), "eps": own["epsilon"], "amsgrad": own["amsgrad"]}
        optimizer = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings.name]([parameter], **adam)
    for gradient in GRADIENTS:
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
    np.testing.assert_allclose(trained(settings)[0], parameter.detach(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_member_that_pauses_goes_on_as_if_nothing_had_been(name):
    settings = Optimizer(**OPTIMIZERS[name])
    weights, state = trained(settings, active=lambda step: np.array([True, step % 3 == 0, step < 10, step >= 24]))
    taken = [GRADIENTS[:, 0], GRADIENTS[::3, 1], GRADIENTS[:10, 2], GRADIENTS[24:, 3]]
    for member, gradients in enumerate(taken):
        reference = optimize(settings, WEIGHTS[member], gradients)
        np.testing.assert_allclose(weights[member], reference, rtol=1e-12, atol=1e-13)
    assert state["steps"].tolist() == [25.0, 9.0, 10.0, 1.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_finished_member_stays_put_bit_for_bit_whatever_its_gradient(name):
    settings = Optimizer(**OPTIMIZERS[name])
    before, slots = trained(settings, gradients=GRADIENTS[:5])
    poisoned = GRADIENTS.copy()
    poisoned[5:, 1] = np.nan
    poisoned[5:, 2] = np.inf
    after, kept = trained(settings, lambda step: np.array([True, step < 5, step < 5, True]), gradients=poisoned)
    for member in (1, 2):
        assert after[member].tobytes() == before[member].tobytes()
        assert all(kept[slot][member].tobytes() == slots[slot][member].tobytes() for slot in kept)
    clean, _ = trained(settings)
    assert after[[0, 3]].tobytes() == clean[[0, 3]].tobytes()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_member_that_fails_spoils_no_other(name):
    settings = Optimizer(**OPTIMIZERS[name])
    poisoned = GRADIENTS.copy()
    poisoned[3, 2, 7] = np.nan
    weights, _ = trained(settings, gradients=poisoned)
    assert np.isnan(weights).any(1).tolist() == [False, False, True, False]
    assert weights[[0, 1, 3]].tobytes() == trained(settings)[0][[0, 1, 3]].tobytes()


def test_every_member_has_its_own_learning_rate():
    settings = Optimizer(**OPTIMIZERS["adamw"])
    rates = np.array([0.01, 0.02, 0.03, 0.0])
    weights, _ = trained(settings, rates=rates)
    for member, rate in enumerate(rates[:3]):
        own = settings.model_copy(update={"learning_rate": rate})
        reference = optimize(own, WEIGHTS[member], GRADIENTS[:, member])
        np.testing.assert_allclose(weights[member], reference, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(weights[3], WEIGHTS[3])


def test_the_shell_holds_the_state_and_moves_the_weights():
    settings = Optimizer(**OPTIMIZERS["adam"])
    flat = torch.nn.Parameter(torch.tensor(WEIGHTS))
    optimizer = StackOptimizer(settings, flat)
    for gradient in GRADIENTS:
        flat.grad = torch.tensor(gradient)
        optimizer.step(active=torch.tensor([True, True, True, False]))
    expected, state = trained(settings, active=lambda step: np.array([True, True, True, False]))
    assert flat.detach().numpy().tobytes() == expected.tobytes()
    assert all(optimizer.slots[name].numpy().tobytes() == slot.tobytes() for name, slot in state.items())


def test_the_shell_is_an_optimizer_of_the_framework():
    flat = torch.nn.Parameter(torch.tensor(WEIGHTS))
    optimizer = StackOptimizer(Optimizer(**OPTIMIZERS["sgd"]), flat)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    loss = optimizer.step(lambda: backward(flat))
    schedule.step()
    np.testing.assert_array_equal(optimizer.rates(), [0.025] * 4)
    assert loss == pytest.approx(np.square(WEIGHTS).sum())
    np.testing.assert_allclose(flat.detach(), WEIGHTS * (1 - 0.05 * 2), rtol=1e-12)


def backward(flat):
    loss = flat.square().sum()
    loss.backward()
    return loss.item()


def test_a_saved_state_continues_where_it_was():
    settings = Optimizer(**OPTIMIZERS["adam"])

    def run(optimizer, flat, gradients):
        for gradient in gradients:
            flat.grad = torch.tensor(gradient)
            optimizer.step()

    flat = torch.nn.Parameter(torch.tensor(WEIGHTS))
    first = StackOptimizer(settings, flat)
    run(first, flat, GRADIENTS[:10])
    copied = torch.nn.Parameter(flat.detach().clone())
    second = StackOptimizer(settings, copied)
    second.load_state_dict(first.state_dict())
    run(second, copied, GRADIENTS[10:])
    assert copied.detach().numpy().tobytes() == trained(settings)[0].tobytes()


def mixing(flat, gradients, slots, steps, rates, decay, **settings):
    return flat - rates.to(flat.dtype) * gradients.mean(), slots


def widening(flat, gradients, slots, steps, rates, decay, **settings):
    return flat - rates * gradients, slots


def forgetting(flat, gradients, slots, steps, rates, decay, **settings):
    return flat - rates.to(flat.dtype) * gradients, {}


def failing(flat, gradients, slots, steps, rates, decay, **settings):
    return flat["a"], slots


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (mixing, r"adam.py: mixes members: a member's step depends on those beside it; take means"),
        (widening, r"adam.py: gives weights as .*float64.*; cast rates and decay, which are float64, before"),
        (forgetting, r"adam.py: gives the slots none, and must give mean, square; let SLOTS"),
        (failing, r"adam.py: \w+Error: .*fix that"),
    ],
)
def test_a_file_that_is_no_optimizer_is_refused_before_anything_trains(wrong, said, monkeypatch):
    try_optimizer(Optimizer())
    monkeypatch.setattr(adam, "update", wrong)
    with pytest.raises(ValueError, match=said):
        try_optimizer(Optimizer())


def test_without_a_gradient_there_is_no_step_as_in_torchs_own_optimizers():
    flat = torch.nn.Parameter(torch.tensor(WEIGHTS))
    optimizer = StackOptimizer(Optimizer(**OPTIMIZERS["adam"]), flat)
    assert optimizer.step(lambda: 0.5) == 0.5
    np.testing.assert_array_equal(flat.detach().numpy(), WEIGHTS)
    assert optimizer.slots["steps"].tolist() == [0.0] * 4
