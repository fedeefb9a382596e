"""torch's fused kernels, which only the traced engine plays, and the formula that every other engine computes."""

import pytest
import torch
from formulas import OPTIMIZERS

from configs.sections.optimizer import Optimizer
from lightning_mods.engine.traced.kernels import Mover, is_fused
from lightning_mods.optimizers import adam
from lightning_mods.stack.optimizer import initial_state, update

MEMBERS, SIZE, STEPS = 4, 30, 25


@pytest.mark.parametrize(("dtype", "digits"), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "lion"])
def test_the_fused_kernels_move_a_stack_as_the_formula_does(name, dtype, digits):
    settings, draw = Optimizer(**OPTIMIZERS[name]), torch.Generator().manual_seed(3)
    flat = torch.randn(MEMBERS, SIZE, generator=draw, dtype=torch.float64).to(dtype)
    rates = torch.tensor([1.0, 0.5, 0.0, 1.0], dtype=torch.float64) * settings.learning_rate
    fused, slots, state = flat.clone(), initial_state(settings, flat), initial_state(settings, flat)
    move = Mover(settings, fused, slots)
    for step in range(STEPS):
        gradients = torch.randn(MEMBERS, SIZE, generator=draw, dtype=torch.float64).to(dtype)
        active = torch.tensor([True, step % 3 == 0, True, step < 10])
        move(gradients, active, rates.tolist())
        flat, state = update(settings, flat, gradients, state, active, rates)
        torch.testing.assert_close(fused, flat, rtol=digits, atol=digits)
        for slot, values in state.items():
            assert values.dtype == slots[slot].dtype
            torch.testing.assert_close(slots[slot], values, rtol=digits, atol=digits)


def test_a_kernel_is_used_only_while_it_moves_weights_as_the_file_of_the_optimizer_does(monkeypatch):
    fused = {name: is_fused(Optimizer(**settings)) for name, settings in OPTIMIZERS.items()}
    assert fused == {name: name != "lion" for name in OPTIMIZERS}
    settings, textbook = Optimizer(), adam.update
    monkeypatch.setattr(adam, "update", lambda *given, **settings: textbook(*given, **settings | {"epsilon": 1e-3}))
    assert not is_fused(settings)
