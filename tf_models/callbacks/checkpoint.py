"""Checkpoints of a run, and the end of its training after a signal (Ctrl-C, SIGTERM)."""

import keras

from experiment.training.session import Session


class KFoldCheckpoint(keras.callbacks.Callback):
    """Saves the state that a resumed run needs, and ends the training after a signal."""

    def __init__(self, session: Session) -> None:
        """Save the state of `session`; `fit` restores it, since Keras needs the first epoch before it starts."""
        super().__init__()
        self.session = session

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Install the signal handlers."""
        self.session.interrupts.listen()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save a checkpoint if one is due; stop after a signal."""
        self.session.conclude(epoch, self.model)
        self.session.save(epoch, self.model)
        self.model.stop_training = self.model.stop_training or self.session.ends


def build(session: Session) -> KFoldCheckpoint:
    """The callback for one stack of a run."""
    return KFoldCheckpoint(session)
