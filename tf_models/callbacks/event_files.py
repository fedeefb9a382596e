"""Record of every epoch: a line of `history.jsonl`, and events for TensorBoard."""

import keras

from experiment.record.history import History
from experiment.training.session import Session


class KFoldEventFiles(keras.callbacks.Callback):
    """Writes each epoch to `history.jsonl` and to the event files of every fold."""

    def __init__(self, history: History) -> None:
        """Write to `history`."""
        super().__init__()
        self.history = history

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write a line of history, and an event of each fold."""
        self.history.write(self.model.record(epoch))


def build(session: Session) -> KFoldEventFiles:
    """The callback for one stack of a run."""
    return KFoldEventFiles(session.history)
