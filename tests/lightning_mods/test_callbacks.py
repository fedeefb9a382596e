import json
from itertools import permutations

import numpy as np
import pytest
import pytorch_lightning as pl
from small import small

from datamodules.fold_data import training_plan
from datamodules.lightning import FoldDataModule
from experiment.record.history import History
from experiment.record.progress import EpochBar
from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.rules.plateau import PlateauRule
from experiment.run.files.checkpoints import Checkpoints, unpack
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import Interrupts
from experiment.training.session import Session
from lightning_mods.engine import engines
from lightning_mods.module import FoldModule
from lightning_mods.stack.callbacks import kfold_callbacks

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore:.*LeafSpec.*")


class Watch(pl.Callback):
    """Keeps the weights of every epoch."""

    def __init__(self):
        self.weights = []

    def on_train_epoch_end(self, trainer, module):
        self.weights.append(module.stack.flat.detach().numpy().copy())


class ScriptedRule(EarlyStoppingRule):
    """Hears `script[epoch]` instead of what was measured."""

    script: np.ndarray

    def update(self, epoch, values):
        assert values.shape == (self.members,)
        return super().update(epoch, self.script[epoch])


@pytest.fixture
def session(tmp_path):
    study, folds = small("training.max_epochs=6")
    with History(FrameworkDirectory(tmp_path), folds.members, events=False) as history:
        rule = ScriptedRule(3, "loss", patience=2)
        bar = EpochBar("test", 6)
        yield study, folds, Session(folds.members, rule, history, Checkpoints(tmp_path, 0, 0.0), bar, Interrupts())


def fit(session, *more, epochs=6, kfold=None):
    study, folds, rules = session
    module = FoldModule(study, folds)
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    callbacks = [*(kfold or kfold_callbacks(rules)), *more]
    trainer = pl.Trainer(accelerator="cpu", max_epochs=epochs, callbacks=callbacks, enable_checkpointing=False, **quiet)
    trainer.fit(module, datamodule=FoldDataModule(study, folds))
    return module


def history_of(session):
    return [json.loads(line) for line in session[2].history.directory.history.read_text().splitlines()]


def test_each_member_stops_by_itself_and_keeps_its_best_weights(session):
    rules, watch = session[2], Watch()
    rules.rule.script = np.array(
        [[5.0, 5.0, np.nan], [4.0, 6.0, 3.0], [4.0, 7.0, 2.0], [3.0, 0.0, 9.0], [9.0, 0.0, 9.0], [9.0] * 3]
    )
    module = fit(session, watch)
    assert rules.rule.best_epoch.tolist() == [3, 0, 2]
    assert rules.rule.epochs.tolist() == [6, 3, 5]
    assert len(watch.weights) == 6
    assert watch.weights[5][1].tobytes() == watch.weights[2][1].tobytes()
    module.use_best()
    for member, epoch in enumerate(rules.rule.best_epoch):
        assert module.stack.flat[member].detach().numpy().tobytes() == watch.weights[epoch][member].tobytes()


def test_the_training_ends_when_no_member_is_left_and_its_history_names_who_was_active(session):
    rules = session[2]
    rules.rule.script = np.array(
        [[1.0, 1.0, 1.0], [2.0, 0.5, 2.0], [2.0, 2.0, 2.0], [2.0, 2.0, 2.0], [0.0] * 3, [0.0] * 3]
    )
    fit(session)
    assert not rules.rule.active.any()
    lines = history_of(session)
    assert [line["epoch"] for line in lines] == [0, 1, 2, 3]
    assert [[member[2] for member in line["members"]] for line in lines] == [[0, 1, 2]] * 3 + [[1]]
    assert all(np.isfinite(line["train_loss"]).all() for line in lines)
    assert {"validation_loss", "validation_auroc"} <= set(lines[0])


def test_a_training_goes_on_after_its_newest_state(session):
    rules, watch = session[2], Watch()
    rules.rule.script = -np.arange(6.0)[:, None] * np.ones(3)
    whole = fit(session, watch)
    rules.checkpoints._path(5).unlink()
    rules.rule.__post_init__()
    again = Watch()
    resumed = fit(session, again)
    assert len(again.weights) == 1
    np.testing.assert_array_equal(resumed.stack.flat.detach(), whole.stack.flat.detach())
    np.testing.assert_array_equal(resumed.best, whole.best)
    assert [line["epoch"] for line in history_of(session)] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("price", [0.0, 1.1], ids=["had left", "was about to leave"])
def test_a_resumed_training_computes_the_members_that_the_whole_one_does(session, monkeypatch, price):
    study, folds, rules = session
    steps = training_plan(folds, study.training).steps
    monkeypatch.setattr(engines, "BUILDING", dict.fromkeys(engines.BUILDING, price * steps))
    rules.rule.script = -np.arange(6.0)[:, None] * np.array([1.0, 0.0, 1.0])  # the second one is finished after two
    whole = fit(session)
    assert whole.engine.compaction.lanes.tolist() == [0, 2]
    rules.checkpoints._path(5).unlink()
    rules.rule.__post_init__()
    resumed = fit(session)
    assert resumed.engine.lanes.index.tolist() == [0, 2]
    assert resumed.engine.compaction.wasted_steps == whole.engine.compaction.wasted_steps
    np.testing.assert_array_equal(resumed.stack.flat.detach(), whole.stack.flat.detach())


def test_a_signal_ends_the_training_after_the_epoch_with_its_state_saved(session):
    rules = session[2]
    rules.checkpoints.every_seconds = 1e9
    rules.rule.script = -np.arange(6.0)[:, None] * np.ones(3)

    class Signal(pl.Callback):
        def on_train_epoch_start(self, trainer, module):
            if trainer.current_epoch == 2:
                rules.interrupts.received = 15

    fit(session, Signal())
    assert rules.checkpoints.newest()[0] == 2
    assert [line["epoch"] for line in history_of(session)] == [0, 1, 2]


def test_the_order_of_the_k_fold_callbacks_does_not_matter(session, monkeypatch):
    """Of every order: best weights, what the bar shows, the record, and the newest state, which holds the record."""
    _, folds, rules = session
    rules.rule.script = np.array([[1.0, 1.0, 1.0], [2.0, 0.5, 2.0], [2.0, 2.0, 2.0], [2.0] * 3, [0.0] * 3, [0.0] * 3])
    monkeypatch.setattr(rules.bar, "update", lambda record, active: shown.append((record.epoch, active)))
    seen = set()
    for order in list(permutations(range(5)))[::5]:  # any two of them in both orders
        shown: list = []
        rules.plateau = PlateauRule(np.full(3, 0.01), patience=0)
        callbacks = [kfold_callbacks(rules)[place] for place in order]
        rules.rule.__post_init__()
        rules.history.rewind(folds.members, -1)
        for path in rules.checkpoints.directory.glob("*.safetensors"):
            path.unlink()
        best = np.asarray(fit(session, kfold=callbacks).best)
        epoch, state = rules.checkpoints.newest()
        lines = [line | {"time": 0} for line in unpack(state["history"])]
        assert len(lines) == len(history_of(session)) == 4
        arrays = [best, state["rule.active"], state["stack.flat"], state["plateau.rates"]]
        seen.add((epoch, str(shown), str(lines), *(array.tobytes() for array in arrays)))
    assert len(seen) == 1
