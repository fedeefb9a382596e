"""Early stopping of every fold by itself: the neutral rule in Keras's hooks."""

import keras

from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.training.session import Session


class KFoldEarlyStopping(keras.callbacks.Callback):
    """Freezes each member when it no longer improves, keeps its best weights, and ends when no member is left."""

    def __init__(self, rule: EarlyStoppingRule) -> None:
        """Follow `rule`."""
        super().__init__()
        self.rule = rule

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Judge the epoch."""
        self.rule.judge(epoch, self.model)
        self.model.stop_training = self.model.stop_training or not self.rule.active.any()


def build(session: Session) -> KFoldEarlyStopping:
    """For one stack of a run."""
    return KFoldEarlyStopping(session.rule)
