"""Progress bar of a run on the terminal."""

import keras

from experiment.record.progress import EpochBar
from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.training.session import Session


class KFoldProgress(keras.callbacks.Callback):
    """Shows each epoch on the terminal."""

    def __init__(self, bar: EpochBar, rule: EarlyStoppingRule) -> None:
        """Show how many members of `rule` are active."""
        super().__init__()
        self.bar = bar
        self.rule = rule

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Redraw the line of the epoch."""
        self.rule.judge(epoch, self.model)
        self.bar.update(self.model.record(epoch), int(self.rule.active.sum()))


def build(session: Session) -> KFoldProgress:
    """The callback for one stack of a run."""
    return KFoldProgress(session.bar, session.rule)
