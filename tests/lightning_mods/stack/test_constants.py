"""What a module holds besides its weights goes where the module goes, and is no part of what averages or files hold."""

import torch
from small import small
from torch import Tensor

from lightning_mods.module import FoldModule

KEPT = {"features", "targets", "unfinished", "best", "seen", "learning_rate"}


def test_what_a_module_holds_goes_with_it():
    module = FoldModule(*small("inputs.select=5"))
    held = {name for name, value in vars(module).items() if isinstance(value, Tensor)}
    assert held == KEPT
    assert {name for name, value in vars(module.inputs).items() if isinstance(value, Tensor)} >= {"fill", "center"}
    module.to("meta")
    for one in (module, module.inputs):
        assert {value.device.type for value in vars(one).values() if isinstance(value, Tensor)} == {"meta"}


def test_only_weights_are_weights():
    module = FoldModule(*small())
    assert [name for name, _ in module.named_parameters()] == ["stack.flat"]
    assert not list(module.buffers())
    assert set(module.state_dict()) == {"stack.flat", "_extra_state"}


def test_a_module_that_is_cast_computes_in_its_new_type():
    module = FoldModule(*small()).double()
    assert module.unfinished.dtype == torch.bool
    assert module.targets.dtype == torch.int64
    assert module(module.features[:2]).dtype == torch.float64
