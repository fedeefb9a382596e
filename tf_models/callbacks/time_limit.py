"""Time limit in minutes: the training of a stack ends after the epoch in which it is reached."""

import keras

from configs.types import Positive
from experiment.training.session import Session


class TimeLimit(keras.callbacks.Callback):
    """Ends the training once it has taken so many minutes, those before a resume included."""

    def __init__(self, session: Session, minutes: float) -> None:
        """Limit the training of `session`."""
        super().__init__()
        self.session, self.minutes = session, minutes

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Stop the training if the limit is reached."""
        self.model.stop_training = self.model.stop_training or self.session.elapsed >= 60.0 * self.minutes


def build(session: Session, *, minutes: Positive = 60.0) -> TimeLimit:
    """The callback for one stack of a run: the number of epochs, and so the results, then depend on the machine."""
    return TimeLimit(session, minutes)
