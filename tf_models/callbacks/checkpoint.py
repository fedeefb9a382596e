"""Checkpoints of a run, and its end by a signal."""

import keras

from experiment.training.session import Session


class KFoldCheckpoint(keras.callbacks.Callback):
    """Saves what a resumed run needs, and ends the training when a signal came."""

    def __init__(self, session: Session) -> None:
        """Save `session`; `fit` resumes it, since Keras asks for the first epoch before it starts."""
        super().__init__()
        self.session = session

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Hear the signals."""
        self.session.interrupts.listen()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save if it is due."""
        self.session.conclude(epoch, self.model)
        self.session.save(epoch, self.model)
        self.model.stop_training = self.model.stop_training or self.session.ends


def build(session: Session) -> KFoldCheckpoint:
    """For one stack of a run."""
    return KFoldCheckpoint(session)
