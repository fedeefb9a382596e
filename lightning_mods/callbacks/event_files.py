"""Record of every epoch: a line of `history.jsonl`, and events for TensorBoard."""

from pytorch_lightning import Callback, Trainer

from experiment.record.history import History
from experiment.training.session import Session
from lightning_mods.module import FoldModule


class KFoldEventFiles(Callback):
    """Writes each epoch to `history.jsonl` and to the event files of every fold."""

    def __init__(self, history: History) -> None:
        """Write to `history`."""
        self.history = history

    def on_train_epoch_end(self, trainer: Trainer, module: FoldModule) -> None:
        """Write a line of history, and an event of each fold."""
        self.history.write(module.record(trainer.current_epoch))


def build(session: Session) -> KFoldEventFiles:
    """The callback for one stack of a run."""
    return KFoldEventFiles(session.history)
