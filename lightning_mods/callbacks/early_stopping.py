"""Early stopping of each fold on its own: the rule of `experiment/rules` in Lightning's hooks."""

from typing import Any

from pytorch_lightning import Callback, Trainer

from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.training.session import Session
from lightning_mods.module import FoldModule


class KFoldEarlyStopping(Callback):
    """Freezes each member when it no longer improves, keeps its best weights, and stops when no member is active."""

    def __init__(self, rule: EarlyStoppingRule) -> None:
        """Apply `rule` after every epoch."""
        self.rule = rule

    def on_load_checkpoint(self, trainer: Trainer, module: FoldModule, checkpoint: dict[str, Any]) -> None:
        """Raises ValueError where a training would go on from it: a checkpoint of Lightning does not hold the rule."""
        if trainer.training:
            cure = "use KFoldCheckpoint, which does, or leave KFoldEarlyStopping out"
            raise ValueError(f"Trainer.fit(ckpt_path=) does not restore the rule of KFoldEarlyStopping: {cure}")

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Update the rule with the metrics of the epoch."""
        self.rule.judge(trainer.current_epoch, module)
        trainer.should_stop = trainer.should_stop or not self.rule.active.any()


def build(session: Session) -> KFoldEarlyStopping:
    """The callback for one stack of a run."""
    return KFoldEarlyStopping(session.rule)
