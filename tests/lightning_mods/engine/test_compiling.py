"""The compiled engine computes the eager step; TorchInductor itself, which needs a C++ compiler, is left out here."""

from functools import partial

import torch
from small import small
from torch_steps import COLUMNS, MEMBERS, OPTIMIZERS, STEPS, moved_by, steps_of

from lightning_mods.engine.engines import Engine
from lightning_mods.stack.building import build_net


def test_a_compiled_step_is_the_eager_step(monkeypatch):
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    study, _ = small("training.precision=64", "model.hidden=[7]")
    step, arguments = steps_of(build_net(study, COLUMNS, 1), OPTIMIZERS["momentum"])
    compiled, eager = (Engine(step, name, MEMBERS, STEPS) for name in ("compiled", "eager"))
    for found, expected in zip(moved_by(compiled, arguments), moved_by(eager, arguments), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    flat, inputs = arguments[0], arguments[2][0][0]
    torch.testing.assert_close(compiled.logits(flat, inputs), eager.logits(flat, inputs), rtol=1e-12, atol=1e-12)
