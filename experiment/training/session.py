"""Training session of one stack: rules and records that the callbacks of either framework adapt."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from configs.member import Member
from configs.schema import Study
from datamodules.fold_data import PREDICTED, FoldData
from experiment.record.history import History
from experiment.record.log import log
from experiment.record.progress import EpochBar
from experiment.rules.early_stopping import EarlyStoppingRule, Judged
from experiment.rules.member_settings import member_settings
from experiment.rules.plateau import PlateauRule
from experiment.rules.resources.out_of_memory import is_out_of_memory
from experiment.run.files.checkpoints import Checkpoints, State, pack, unpack
from experiment.training.interrupts import SAVING, Interrupted, Interrupts


class Resumable(Protocol):
    """A stack whose state can be saved and restored."""

    def state(self) -> State:
        """Arrays by name."""

    def restore(self, state: State) -> None:
        """Continue from a `state`."""


@dataclass
class Session:
    """Rules, record, checkpoints and signals of one stack; `seconds` are those of the runs before this one.

    `rule` is that of early stopping; `plateau` is None in a study without one.
    """

    members: Sequence[Member]
    rule: EarlyStoppingRule
    history: History
    checkpoints: Checkpoints
    bar: EpochBar
    interrupts: Interrupts
    seconds: float = 0.0
    plateau: PlateauRule | None = None
    started: float = field(default_factory=time.perf_counter)
    stopped_by: int | None = None  # a signal received before the newest state was saved

    @property
    def elapsed(self) -> float:
        """Training seconds of this stack, in all runs together."""
        return self.seconds + time.perf_counter() - self.started

    @property
    def ends(self) -> bool:
        """Whether the training is over: no member is left, or a signal has ended it and the state is saved."""
        return not self.rule.active.any() or self.stopped_by is not None

    @property
    def record(self) -> NDArray[np.uint8]:
        """The record of the stack's epochs, for a state: a resumed training uses it, and not the file."""
        return pack(self.history.of(self.members))

    def resume(self, stack: Resumable) -> int:
        """Restore the newest state, if there is one; return the epoch to continue with.

        Raises:
            StudyError: another version of the program has written it.
        """
        epoch, state = self.checkpoints.newest() or (-1, {})
        if epoch >= 0:
            self.checkpoints.check(epoch, state, self._state(stack))
            self.history.recall(unpack(state["history"]))
        self.history.rewind(self.members, epoch)
        self.stopped_by = self.interrupts.received
        if epoch < 0:
            return 0
        stack.restore({name[6:]: array for name, array in state.items() if name.startswith("stack.")})
        self.seconds = float(state["seconds"])
        self.rule.restore({name[5:]: array for name, array in state.items() if name.startswith("rule.")})
        if self.plateau:
            self.plateau.restore({name[8:]: array for name, array in state.items() if name.startswith("plateau.")})
        return epoch + 1

    def conclude(self, epoch: int, stack: Judged) -> None:
        """Judge and record `epoch`, once: a state has both, whichever callback comes first."""
        self.rule.judge(epoch, stack)
        if self.plateau:
            self.plateau.judge(epoch, stack)
        self.history.write(stack.record(epoch))

    def save(self, epoch: int, stack: Resumable) -> None:
        """Save the state at the end of `epoch`, if it is due or a signal requests it."""
        self.stopped_by, asked = self.interrupts.received, self.interrupts.wants_state
        if not (asked or self.checkpoints.due() or self.stopped_by is not None):
            return
        self.checkpoints.save(epoch, self._state(stack))
        if asked:
            self.interrupts.wants_state = False
            log.info("signals: the state of epoch %d is saved, as %s asked", epoch, SAVING.name)

    @contextmanager
    def predicting(self, stack: Resumable) -> Iterator[None]:
        """Around the predictions of a trained `stack`, whose state is saved if there is no memory for them.

        Raises Interrupted if a signal has ended the training.
        """
        if self.stopped_by is not None:
            raise Interrupted(self.stopped_by)
        try:
            yield
        except Exception as error:
            if is_out_of_memory(error):
                self.checkpoints.save(int(self.rule.epochs.max()) - 1, self._state(stack))
            raise

    def _state(self, stack: Resumable) -> State:
        state = {f"stack.{name}": array for name, array in stack.state().items()}
        state |= {f"rule.{name}": array for name, array in self.rule.state().items()}
        if self.plateau:
            state |= {f"plateau.{name}": array for name, array in self.plateau.state().items()}
        return state | {"seconds": np.array(self.elapsed), "history": self.record}


def stopping_rule(study: Study, folds: FoldData) -> EarlyStoppingRule:
    """The rule for the members of `folds`, each with the settings of its own study."""
    settings, stopping = member_settings(study, folds), study.training.early_stopping
    members, epochs = len(folds.members), settings.max_epochs
    if stopping is None:
        return EarlyStoppingRule(members, max_epochs=epochs)
    return EarlyStoppingRule(members, stopping.monitor.key, settings.patience, settings.min_delta, epochs)


def plateau_rule(study: Study, folds: FoldData) -> PlateauRule | None:
    """The study's rule for the learning rates of the members of `folds`; it monitors what early stopping does."""
    plateau, rates = study.training.plateau, member_settings(study, folds).learning_rate
    return PlateauRule(rates, study.training.monitor, **plateau.model_dump()) if plateau else None


def predicted_rows(folds: FoldData) -> Sequence[NDArray[np.int32]]:
    """Predicted rows of each member, ascending."""
    return folds.rows(*PREDICTED)
