"""The k-fold callbacks: each adapts a neutral rule or record to Keras's hooks."""

import keras

from experiment.record.history import History
from experiment.record.progress import EpochBar
from experiment.rules.early_stopping import EarlyStoppingRule
from experiment.rules.plateau import PlateauRule
from experiment.training.session import Session


class KFoldEarlyStopping(keras.callbacks.Callback):
    """Freezes each member when it no longer improves, keeps its best weights, and ends when no member is left."""

    def __init__(self, rule: EarlyStoppingRule) -> None:
        """Follow `rule`."""
        super().__init__()
        self.rule = rule

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Judge the epoch."""
        values = self.model.record(epoch).monitored(self.rule.monitor)
        improved = self.rule.update(epoch, values)
        self.model.keep_best(improved, self.rule.active)
        self.model.stop_training = self.model.stop_training or not self.rule.active.any()


class KFoldPlateau(keras.callbacks.Callback):
    """Lowers the learning rate of each member that no longer improves."""

    def __init__(self, rule: PlateauRule) -> None:
        """Follow `rule`."""
        super().__init__()
        self.rule = rule

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """The rates of the rule, which a resumed training has restored by now."""
        self.model.use_rates(self.rule.rates)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Judge the epoch."""
        record = self.model.record(epoch)
        self.rule.update(record.monitored(self.rule.monitor), record.active)


class KFoldEventFiles(keras.callbacks.Callback):
    """Writes each epoch to `history.jsonl` and to the event files of every fold."""

    def __init__(self, history: History) -> None:
        """Write to `history`."""
        super().__init__()
        self.history = history

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """One line, and one event a fold."""
        self.history.write(self.model.record(epoch))


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
        self.session.save(epoch, self.model)
        self.model.stop_training = self.model.stop_training or self.session.ends


class KFoldProgress(keras.callbacks.Callback):
    """Shows each epoch on the terminal."""

    def __init__(self, bar: EpochBar, rule: EarlyStoppingRule) -> None:
        """Show how many members of `rule` still train."""
        super().__init__()
        self.bar = bar
        self.rule = rule

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """One line, always the same."""
        self.bar.update(self.model.record(epoch), int(self.rule.active.sum()))


def kfold_callbacks(session: Session) -> list[keras.callbacks.Callback]:
    """All of them, in the order in which they have to see an epoch."""
    return [
        KFoldEarlyStopping(session.rule),
        *([KFoldPlateau(session.plateau)] if session.plateau else []),
        KFoldEventFiles(session.history),
        KFoldProgress(session.bar, session.rule),
        KFoldCheckpoint(session),
    ]
