"""A framework that trains nothing: each epoch adds one to the one weight of every member."""

from collections.abc import Callable

import numpy as np

from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from experiment.nets.layout import Layout
from experiment.nets.net_check import ROWS, CheckedNet, NetCheck
from experiment.nets.net_cost import UNKNOWN
from experiment.record.epoch_record import EpochRecord
from experiment.training.session import Session, predicted_rows
from experiment.training.workers.part_training import StackFit


class Counter:
    """A stack whose one weight of each member counts the epochs."""

    def __init__(self, members: int) -> None:
        self.weight = np.zeros((members, 1))

    def state(self) -> dict[str, np.ndarray]:
        return {"weight": self.weight}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self.weight = state["weight"]


class Pretence:
    """A `fit_part`: the folds `broken` never have a finite loss, and those that are `dumb` say infinity of a row.

    `after_epoch(epoch, session)` and `before_predicting(folds)` may interfere.
    """

    def __init__(
        self,
        broken: tuple[int, ...] = (),
        after_epoch: Callable[[int, Session], None] | None = None,
        dumb: tuple[int, ...] = (),
        before_predicting: Callable[[FoldData], None] | None = None,
    ) -> None:
        self.broken, self.after_epoch, self.dumb = broken, after_epoch, dumb
        self.before_predicting = before_predicting
        self.epochs: list[tuple[int, int]] = []

    def __call__(self, study: Study, folds: FoldData, session: Session) -> StackFit:
        counter, members = Counter(len(folds.members)), folds.members
        epoch = session.resume(counter)
        while epoch < study.training.max_epochs and not session.ends:
            counter.weight = counter.weight + 1
            losses = np.array([np.nan if member.fold in self.broken else 1.0 / (epoch + 1) for member in members])
            session.history.write(EpochRecord(epoch, members, session.rule.active.copy(), losses, {"loss": losses}))
            session.rule.update(epoch, losses)
            self.epochs.append((members[0].fold, epoch))
            if self.after_epoch:
                self.after_epoch(epoch, session)
            session.save(epoch, counter)
            epoch += 1
        with session.predicting(counter):
            if self.before_predicting:
                self.before_predicting(folds)
        rows = predicted_rows(folds)
        logits = [np.full((len(own), folds.table.outputs), 0.5, np.float32) for own in rows]
        for member, own, judged, said in zip(members, rows, folds.rows(Role.scored, Role.test), logits, strict=True):
            said[own == judged[0]] = np.inf if member.fold in self.dumb else 0.5
        return StackFit({"output.kernel": counter.weight}, logits)


def checked(*_: object) -> CheckedNet[None]:
    """A `check` that lets every net through."""
    return CheckedNet(
        None, None, UNKNOWN, NetCheck(Layout(("output.kernel",), ((1, 1),)), np.zeros((2, 2, ROWS, 1), np.float32))
    )
