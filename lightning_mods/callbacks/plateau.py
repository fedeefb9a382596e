"""Learning rates that fall on a plateau: the neutral rule in Lightning's hooks, in a run whose study has one."""

from pytorch_lightning import Callback, Trainer

from experiment.rules.plateau import PlateauRule
from experiment.training.session import Session
from lightning_mods.module import FoldModule


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
        self.rule.judge(trainer.current_epoch, module)


def build(session: Session) -> KFoldPlateau | None:
    """For one stack of a run; None in a study without a plateau."""
    return KFoldPlateau(session.plateau) if session.plateau else None
