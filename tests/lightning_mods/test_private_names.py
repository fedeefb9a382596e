"""Each private name of torch and Lightning does what it is used for: what fails here, a new version has changed."""

import inspect
import runpy
from types import SimpleNamespace

import pytest
import pytorch_lightning as pl
import torch
from private_names import own_names, sources
from pytorch_lightning.callbacks import ModelCheckpoint
from small import small
from torch import nn

from experiment.run.exit_codes import RunError
from lightning_mods import private_names as names
from lightning_mods.module import FoldModule
from lightning_mods.stack import stack


class Plain(pl.LightningModule):
    """Trains one weight for a step."""

    def __init__(self):
        super().__init__()
        self.layer, self.hooks = nn.Linear(1, 1), []

    def __setattr__(self, name, value):
        if name == names.CURRENT_HOOK and value is not None:
            self.hooks.append(value)
        super().__setattr__(name, value)

    def training_step(self, batch, index):
        return self.layer(batch).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


def trainer(**settings):
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    return pl.Trainer(accelerator="cpu", max_steps=1, enable_model_summary=False, **quiet, **settings)


class Seeing(names.TorchDispatchMode):
    """Notes the operations that are called."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        self.seen.append(function)
        return function(*arguments, **(options or {}))


def test_a_dispatch_mode_sees_every_operation():
    with Seeing() as mode:
        torch.ones(2).add(1.0)
    assert mode.seen == [torch.ops.aten.ones.default, torch.ops.aten.add.Tensor]


def test_a_module_is_told_where_it_goes_also_inside_of_another():
    class Kept(names.Moved):
        def __init__(self):
            super().__init__()
            self.tensor = torch.zeros(2)

        def moved(self, move):
            self.tensor = move(self.tensor)

    kept = Kept()
    assert nn.Sequential(kept).double()[0].tensor.dtype == torch.float64


def test_lightning_tells_a_module_which_hook_it_calls_and_a_loop_what_it_reads():
    module, fitting = Plain(), trainer()
    data = torch.utils.data.DataLoader(torch.ones(4, 1))
    given = []
    module.configure_callbacks = lambda: given.append(names.data_given_to(fitting.fit_loop)) or []
    fitting.fit(module, data)
    assert given == [data]
    assert "training_step" in module.hooks


@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_trainer_a_checkpoint_and_a_module_were_told_is_read(wanted):
    assert names.detects_anomalies(trainer(detect_anomaly=wanted)) is wanted
    assert names.steps_between(ModelCheckpoint(every_n_train_steps=7 if wanted else None)) == (7 if wanted else 0)
    module = Plain()
    if wanted:
        module.compile()
    assert names.is_compiled(module) is wanted


def test_a_compiled_module_that_lightning_unwraps_is_known():
    from pytorch_lightning.utilities.compile import from_compiled

    assert names.is_compiled(from_compiled(torch.compile(Plain())))


def test_all_dropouts_of_torch_are_known():
    kinds = [kind for kind in vars(nn).values() if isinstance(kind, type) and "Dropout" in kind.__name__]
    assert set(kinds) == set(stack._DROPOUTS)


def test_the_operations_of_a_trace_are_those_that_torch_calls():
    own = pytest.importorskip("lightning_mods.engine.traced.private_names")
    with Seeing() as mode:
        torch.ones(2).double()
        torch.ones(()).item()
        torch.bmm(torch.ones(2, 1, 3), torch.ones(2, 3, 1))
    assert {own.TO_COPY, own.VALUE} <= set(mode.seen)
    assert all(isinstance(one, own.Operation) for one in [*mode.seen, own.UNSAFE_VIEW])
    taken = own.schema(torch.ops.aten.add_.Tensor)
    assert ([one.name for one in taken.arguments], taken.is_mutable) == (["self", "other", "alpha"], True)
    assert [bool(one.alias_info and one.alias_info.is_write) for one in taken.arguments] == [True, False, False]
    for kernel in (own.FUSED_ADAM, own.FUSED_ADAMW, own.FUSED_SGD):
        assert own.schema(getattr(torch.ops.aten, kernel).default).is_mutable


def test_no_name_of_a_module_is_one_that_torch_or_lightning_has_for_something_else():
    module = FoldModule(*small())
    bases = [one for one in FoldModule.__mro__ if one.__module__.startswith(("torch.", "pytorch_lightning."))]
    theirs = {name for name in vars(Plain()) if name.startswith("_")}
    theirs |= {name for base in bases for name in vars(base) if name.startswith("_") and not name.startswith("__")}
    assert own_names(sources("lightning_mods")) & theirs <= {"_apply"}
    assert inspect.signature(nn.Module._apply).parameters.keys() == {"self", "fn", "recurse"}
    assert names.CURRENT_HOOK in vars(module)


LACKS = r"^%s \S+ lacks a private name that is used here \(.*\); install the versions of constraints.txt: .*$"


@pytest.mark.parametrize(
    "ask",
    [names.detects_anomalies, names.is_compiled, names.steps_between, names.data_given_to],
    ids=lambda ask: ask.__name__,
)
def test_a_lightning_that_lacks_a_name_is_one_line_with_a_cure(ask):
    with pytest.raises(RunError, match=LACKS % "pytorch_lightning"):
        ask(SimpleNamespace())


def test_a_torch_that_lacks_dispatch_modes_is_one_line_with_a_cure(monkeypatch):
    monkeypatch.delattr("torch.utils._python_dispatch.TorchDispatchMode")
    with pytest.raises(RunError, match=LACKS % "torch"):
        runpy.run_path(names.__file__)
