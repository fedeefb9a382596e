"""Learning rates that fall on a plateau: the neutral rule in Keras's hooks, in a run whose study has one."""

import keras

from experiment.rules.plateau import PlateauRule
from experiment.training.session import Session


class KFoldPlateau(keras.callbacks.Callback):
    """Lowers the learning rate of each member that no longer improves."""

    def __init__(self, rule: PlateauRule) -> None:
        """Follow `rule`."""
        super().__init__()
        self.rule = rule

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """The rates of the rule, which a resumed training has restored by now."""
        self.model.use_rates(self.rule.rates)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Judge the epoch."""
        self.rule.judge(epoch, self.model)


def build(session: Session) -> KFoldPlateau | None:
    """For one stack of a run; None in a study without a plateau."""
    return KFoldPlateau(session.plateau) if session.plateau else None
