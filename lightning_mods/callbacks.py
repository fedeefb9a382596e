"""The k-fold callbacks: each adapts a neutral rule or record to Lightning's hooks."""

from typing import Any

from pytorch_lightning import Callback, Trainer

from experiment.record.history import History
from experiment.record.progress import EpochBar
from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.rules.plateau import PlateauRule
from experiment.training.session import Session
from lightning_mods.module import FoldModule


class KFoldEarlyStopping(Callback):
    """Freezes each member when it no longer improves, keeps its best weights, and ends when no member is left."""

    def __init__(self, rule: EarlyStoppingRule) -> None:
        """Follow `rule`."""
        self.rule = rule

    def on_load_checkpoint(self, trainer: Trainer, module: FoldModule, checkpoint: dict[str, Any]) -> None:
        """Raises ValueError where a training would go on from it: a checkpoint of Lightning does not hold the rule."""
        if trainer.training:
            cure = "use KFoldCheckpoint, which does, or leave KFoldEarlyStopping out"
            raise ValueError(f"Trainer.fit(ckpt_path=) does not restore the rule of KFoldEarlyStopping: {cure}")

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Judge the epoch."""
        values = module.record(trainer.current_epoch).monitored(self.rule.monitor)
        improved = self.rule.update(trainer.current_epoch, values)
        module.keep_best(improved, self.rule.active)
        trainer.should_stop = trainer.should_stop or not self.rule.active.any()


class KFoldPlateau(Callback):
    """Lowers the learning rate of each member that no longer improves."""

    def __init__(self, rule: PlateauRule) -> None:
        """Follow `rule`."""
        self.rule = rule

    def on_train_epoch_start(self, trainer: Trainer, module: FoldModule) -> None:
        """The rates of the rule, which a resumed training has restored by now."""
        module.use_rates(self.rule.rates)

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Judge the epoch."""
        record = module.record(trainer.current_epoch)
        self.rule.update(record.monitored(self.rule.monitor), record.active)


class KFoldEventFiles(Callback):
    """Writes each epoch to `history.jsonl` and to the event files of every fold."""

    def __init__(self, history: History) -> None:
        """Write to `history`."""
        self.history = history

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """One line, and one event a fold."""
        self.history.write(module.record(trainer.current_epoch))


class KFoldCheckpoint(Callback):
    """Saves what a resumed run needs, goes on from there, and ends the training when a signal came."""

    def __init__(self, session: Session) -> None:
        """Save and resume `session`."""
        self.session = session

    def on_train_start(self, trainer: Trainer, module: FoldModule) -> None:
        """Go on after the newest state, if there is one."""
        self.session.interrupts.listen()
        epoch = self.session.resume(module)
        progress = trainer.fit_loop.epoch_progress.current
        progress.processed = progress.completed = epoch
        trainer.should_stop = trainer.should_stop or self.session.ends

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Save if it is due."""
        self.session.save(trainer.current_epoch, module)
        trainer.should_stop = trainer.should_stop or self.session.ends


class KFoldProgress(Callback):
    """Shows each epoch on the terminal."""

    def __init__(self, bar: EpochBar, rule: EarlyStoppingRule) -> None:
        """Show how many members of `rule` still train."""
        self.bar = bar
        self.rule = rule

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """One line, always the same."""
        self.bar.update(module.record(trainer.current_epoch), int(self.rule.active.sum()))


def kfold_callbacks(session: Session) -> list[Callback]:
    """All of them, in the order in which they have to see an epoch."""
    return [
        KFoldEarlyStopping(session.rule),
        *([KFoldPlateau(session.plateau)] if session.plateau else []),
        KFoldEventFiles(session.history),
        KFoldProgress(session.bar, session.rule),
        KFoldCheckpoint(session),
    ]
