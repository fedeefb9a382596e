"""Early stopping of each fold on its own: the rule of `experiment/rules` in Keras's hooks."""

import keras

from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.training.session import Session


class KFoldEarlyStopping(keras.callbacks.Callback):
    """Freezes each member when it no longer improves, keeps its best weights, and stops when no member is active."""

    def __init__(self, rule: EarlyStoppingRule) -> None:
        """Apply `rule` after every epoch."""
        super().__init__()
        self.rule = rule

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Update the rule with the metrics of the epoch."""
        self.rule.judge(epoch, self.model)
        self.model.stop_training = self.model.stop_training or not self.rule.active.any()


def build(session: Session) -> KFoldEarlyStopping:
    """The callback for one stack of a run."""
    return KFoldEarlyStopping(session.rule)
