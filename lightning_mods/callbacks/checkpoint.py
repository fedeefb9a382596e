"""Checkpoints of a run, and the end of its training after a signal (Ctrl-C, SIGTERM)."""

from typing import Any

from pytorch_lightning import Callback, Trainer

from experiment.training.session import Session
from lightning_mods.module import FoldModule


class KFoldCheckpoint(Callback):
    """Saves the state that a resumed run needs, restores it, and ends the training after a signal."""

    def __init__(self, session: Session) -> None:
        """Save and restore the state of `session`."""
        self.session = session

    def on_train_start(self, trainer: Trainer, module: FoldModule) -> None:
        """Continue after the newest checkpoint, if there is one."""
        self.session.interrupts.listen()
        epoch = self.session.resume(module)
        progress: Any = trainer.fit_loop.epoch_progress.current
        progress.processed = progress.completed = epoch
        trainer.should_stop = trainer.should_stop or self.session.ends

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Save a checkpoint if one is due; stop after a signal."""
        self.session.conclude(trainer.current_epoch, module)
        self.session.save(trainer.current_epoch, module)
        trainer.should_stop = trainer.should_stop or self.session.ends


def build(session: Session) -> KFoldCheckpoint:
    """The callback for one stack of a run."""
    return KFoldCheckpoint(session)
