"""Reduction of the learning rate on a plateau (`training.plateau`), for each member: the rule in Lightning's hooks."""

from pytorch_lightning import Callback, Trainer

from experiment.rules.plateau import PlateauRule
from experiment.training.session import Session
from lightning_mods.module import FoldModule


class KFoldPlateau(Callback):
    """Lowers the learning rate of each member that no longer improves."""

    def __init__(self, rule: PlateauRule) -> None:
        """Apply `rule` after every epoch."""
        self.rule = rule

    def on_train_epoch_start(self, trainer: Trainer, module: FoldModule) -> None:
        """Set the learning rates of the rule, which a resumed training has restored by now."""
        module.use_rates(self.rule.rates)

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Update the rule with the metrics of the epoch."""
        self.rule.judge(trainer.current_epoch, module)


def build(session: Session) -> KFoldPlateau | None:
    """The callback for one stack of a run; None in a study without `training.plateau`."""
    return KFoldPlateau(session.plateau) if session.plateau else None
