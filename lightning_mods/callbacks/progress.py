"""Progress bar of a run on the terminal."""

from pytorch_lightning import Callback, Trainer

from experiment.record.progress import EpochBar
from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.training.session import Session
from lightning_mods.module import FoldModule


class KFoldProgress(Callback):
    """Shows each epoch on the terminal."""

    def __init__(self, bar: EpochBar, rule: EarlyStoppingRule) -> None:
        """Show how many members of `rule` are active."""
        self.bar = bar
        self.rule = rule

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Redraw the line of the epoch."""
        self.rule.judge(trainer.current_epoch, module)
        self.bar.update(module.record(trainer.current_epoch), int(self.rule.active.sum()))


def build(session: Session) -> KFoldProgress:
    """The callback for one stack of a run."""
    return KFoldProgress(session.bar, session.rule)
