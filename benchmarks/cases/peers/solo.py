"""A single fold for the peers: rows that are scaled beforehand, one network, the same batches."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from configs.member import Member
from configs.schema import Study
from datamodules.batches import epoch_chunks
from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from datamodules.inputs.applying import apply

Predict = Callable[[NDArray[np.float32]], NDArray]


@dataclass(frozen=True, eq=False)
class SoloFold:
    """A member of the stack by itself.

    Attributes:
        member: its key, which its initial weights come from.
        features: float32 `(rows, columns)` of the whole table, scaled with the fold's own statistics.
        targets: float32 `(rows,)`, 0 or 1.
        orders: for each epoch the training rows, int64 `(training rows,)`, in the order of the stack's batches.
        validation: int64, rows to look at after each epoch.
        scored: int64, rows to score at the end.
        batch_size: rows of a step.
    """

    member: Member
    features: NDArray[np.float32]
    targets: NDArray[np.float32]
    orders: Sequence[NDArray[np.int64]]
    validation: NDArray[np.int64]
    scored: NDArray[np.int64]
    batch_size: int

    @property
    def epochs(self) -> int:
        """Passes over the training rows."""
        return len(self.orders)

    @property
    def steps(self) -> int:
        """Optimizer steps of an epoch."""
        return -(-len(self.orders[0]) // self.batch_size)


def solo_folds(study: Study, folds: FoldData, indices: Sequence[int] | None = None) -> list[SoloFold]:
    """The members of `folds` at `indices`, or all."""
    chosen = range(len(folds.members)) if indices is None else indices
    rows = {role: folds.rows(role) for role in (Role.train, Role.validation, Role.scored)}
    return [
        SoloFold(
            member=folds.members[index],
            features=apply(folds.table.features, folds.statistics, index).astype(np.float32),
            targets=folds.table.targets.astype(np.float32),
            orders=[epoch_order(rows[Role.train][index], folds.members[index], e, study) for e in epochs_of(study)],
            validation=rows[Role.validation][index],
            scored=rows[Role.scored][index],
            batch_size=study.training.batch_size,
        )
        for index in chosen
    ]


def epochs_of(study: Study) -> range:
    """The numbers of its epochs."""
    return range(study.training.max_epochs)


def epoch_order(train_rows: NDArray[np.int64], member: Member, epoch: int, study: Study) -> NDArray[np.int64]:
    """The training rows of one member in the order in which the stack's batches of `epoch` have them."""
    (chunk,) = epoch_chunks([train_rows], [member], epoch, study.training.batch_size, len(train_rows))
    return chunk.rows[chunk.weights > 0].astype(np.int64)


def fit_each(folds: Sequence[SoloFold], fit: Callable[[SoloFold], Predict]) -> dict[str, Any]:
    """Fit fold after fold: the seconds of all fits together, and the AUROC of each on its scored rows.

    A fit of one epoch goes before and is not counted, so that what a framework does once in a process is not
    multiplied by the number of folds. Preparing the data and predicting are not counted either.
    """
    fit(replace(folds[0], orders=folds[0].orders[:1]))
    seconds, areas = 0.0, []
    for fold in folds:
        started = time.perf_counter()
        predict = fit(fold)
        seconds += time.perf_counter() - started
        areas.append(float(roc_auc_score(fold.targets[fold.scored], predict(fold.features[fold.scored]))))
    return {"seconds": seconds, "steps": sum(fold.steps * fold.epochs for fold in folds), "auroc": areas}
