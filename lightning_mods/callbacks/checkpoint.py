"""Checkpoints of a run, and its end by a signal."""

from pytorch_lightning import Callback, Trainer

from experiment.training.session import Session
from lightning_mods.module import FoldModule


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
        self.session.conclude(trainer.current_epoch, module)
        self.session.save(trainer.current_epoch, module)
        trainer.should_stop = trainer.should_stop or self.session.ends


def build(session: Session) -> KFoldCheckpoint:
    """For one stack of a run."""
    return KFoldCheckpoint(session)
