"""Reduction of the learning rate on a plateau (`training.plateau`), for each member: the rule in Keras's hooks."""

import keras

from experiment.rules.plateau import PlateauRule
from experiment.training.session import Session


class KFoldPlateau(keras.callbacks.Callback):
    """Lowers the learning rate of each member that no longer improves."""

    def __init__(self, rule: PlateauRule) -> None:
        """Apply `rule` after every epoch."""
        super().__init__()
        self.rule = rule

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Set the learning rates of the rule, which a resumed training has restored by now."""
        self.model.use_rates(self.rule.rates)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Update the rule with the metrics of the epoch."""
        self.rule.judge(epoch, self.model)


def build(session: Session) -> KFoldPlateau | None:
    """The callback for one stack of a run; None in a study without `training.plateau`."""
    return KFoldPlateau(session.plateau) if session.plateau else None
