"""Callbacks that a study names: ordinary ones of Lightning."""

import sys
from itertools import count
from types import ModuleType

import numpy as np
import pytest
import pytorch_lightning as pl
from small import small

import lightning_mods.callbacks
from configs.seats.callbacks import Callback
from experiment.run.framework_directory import FrameworkDirectory
from lightning_mods.fit import check, fit

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore:.*LeafSpec.*")


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Train for so many epochs with callbacks of the seat, given as `(name, build, arguments)`."""

    number = count()

    def run(*callbacks, epochs=4):
        study, folds = small(f"training.max_epochs={epochs}", "training.early_stopping=null")
        chosen = []
        for name, build, arguments in callbacks:
            if build:
                module = ModuleType(name)
                module.build = build
                monkeypatch.setitem(sys.modules, f"lightning_mods.callbacks.{name}", module)
            chosen.append(Callback.model_construct(name=name, **arguments))
        training = study.training.model_copy(update={"callbacks": tuple(chosen)})
        folder = tmp_path / str(next(number))
        folder.mkdir()
        return fit(study.model_copy(update={"training": training}), folds, FrameworkDirectory(folder))

    return run


class Norms(pl.Callback):
    """Norms of each member's weights after every epoch, by the stock API alone."""

    def __init__(self, most):
        self.most, self.norms, self.losses = most, [], []

    def on_train_epoch_end(self, trainer, pl_module):
        self.norms.append(pl_module.stack.flat.detach().norm(dim=1).cpu().numpy())
        self.losses.append(float(trainer.callback_metrics["loss/validation"]))
        trainer.should_stop = trainer.current_epoch + 1 >= self.most


def test_a_users_callback_sees_the_trainer_and_the_stack_and_may_stop_the_training(train):
    seen = []

    def build(session, *, most=2):
        seen.append(Norms(most))
        return seen[0]

    result = train(("norms", build, {"most": 3}))
    (norms,) = seen
    assert len(norms.norms) == len(norms.losses) == 3
    assert result.epochs.tolist() == [3, 3, 3]
    assert np.shape(norms.norms) == (3, 3)
    assert np.isfinite(norms.losses).all()


def test_a_callback_changes_no_weight_by_being_there(train):
    with_one = train(("norms", lambda session: Norms(9), {}))
    without = train()
    assert all(with_one.weights[name].tobytes() == array.tobytes() for name, array in without.weights.items())


def test_a_time_limit_ends_the_training_after_the_epoch_in_which_it_is_over(train):
    assert train(("time_limit", None, {"minutes": 1e-9})).epochs.tolist() == [1, 1, 1]
    assert train(("time_limit", None, {"minutes": 60.0}), epochs=2).epochs.tolist() == [2, 2, 2]


WRONG = """
import pytorch_lightning as pl

class Wrong(pl.Callback):
    def on_train_epoch_end(self, trainer, pl_module):
        {}["a"]

def build(session, *, early=False):
    return Wrong() if not early else 3
"""


def test_an_error_of_a_users_callback_is_told_with_its_line(train, tmp_path, monkeypatch):
    file = tmp_path / "lightning_mods" / "callbacks" / "wrong.py"
    file.parent.mkdir(parents=True)
    file.write_text(WRONG)
    module = ModuleType("wrong")
    exec(compile(WRONG, str(file), "exec"), vars(module))
    with pytest.raises(ValueError, match=r"^lightning_mods/callbacks/wrong.py:6: KeyError: 'a'; fix that"):
        train(("wrong", module.build, {}))
    told = r"^lightning_mods/callbacks/wrong.py: `build` gives int; let it return a pytorch_lightning.Callback"
    with pytest.raises(ValueError, match=told):
        train(("wrong", module.build, {"early": True}))


def test_a_callback_that_cannot_be_imported_is_told_with_its_line_by_the_check(tmp_path, monkeypatch):
    file = tmp_path / "lightning_mods" / "callbacks" / "broken.py"
    file.parent.mkdir(parents=True)
    file.write_text('"""Broken."""\n\nimport a_package_that_is_missing\n')
    monkeypatch.setattr(lightning_mods.callbacks, "__path__", [*lightning_mods.callbacks.__path__, str(file.parent)])
    study, folds = small()
    callbacks = (Callback.model_construct(name="broken"),)
    broken = study.model_copy(update={"training": study.training.model_copy(update={"callbacks": callbacks})})
    with pytest.raises(ValueError, match=r"^lightning_mods/callbacks/broken.py:3: ModuleNotFoundError: .*; fix that"):
        check(broken, folds)
