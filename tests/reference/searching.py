"""Searches whose stacks train nothing: each fold has a learning rate that is best for it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from configs.loading.loading import load_study
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from datamodules.folds.plan import Role
from evaluation.search.trial import Trial
from experiment.record.history import write_history
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search.conducting import search
from experiment.search.oracle import Proposal
from experiment.training.fitting import FitResult
from experiment.training.session import predicted_rows
from experiment.training.workers.several import in_turn

RATE = "optimizer.learning_rate"
SPACE = "search={space: {optimizer.learning_rate: {low: 0.001, high: 0.9}}, trials: 100}"


def study_of(*overrides: str) -> Study:
    """A search of three folds."""
    return load_study(None, ["folds.splits=3", "framework=lightning", "baselines=[]", SPACE, *overrides])


class Listed:
    """An oracle of rounds of values that are written down; the first needs no result. What it is told is noted."""

    def __init__(self, *rounds: Sequence[dict]) -> None:
        self.rounds, self.begun, self.told, self.closed = list(rounds), [], [], False

    def begin(self, settings: Sequence[Mapping]) -> list[Proposal]:
        self.begun = [dict(values) for values in settings]
        return self.ask()

    def ask(self) -> list[Proposal]:
        return [Proposal(values, {"asked": len(self.told)}) for values in (self.rounds.pop(0) if self.rounds else [])]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.told.append([trial.number for trial in trials])

    def close(self) -> None:
        self.closed = True


def margins(rate: float, fold: int, rows: np.ndarray) -> np.ndarray:
    """How far the network of a fold is on the right side of each row: no two rows of seven are alike."""
    return (1.0 + rows % 7) / (0.4 + 4.0 * abs(rate - (fold + 1) / 10))


class Pretended:
    """A `fit`: in fold k the networks are better the nearer the learning rate is to (k + 1) / 10.

    A rate above `broken` gives logits that are not finite in every fold, in (0.7, 0.8) in fold 1 alone; a patience of
    13 raises. `before` is called with the trials of a stack.
    """

    def __init__(self, before: Callable[[list[int]], None] = lambda trials: None) -> None:
        self.before, self.stacks = before, []

    def __call__(self, study: Study, folds: FoldData, directory: FrameworkDirectory) -> FitResult:
        self.before([*folds.trials])
        assert study.search is None
        assert not study.output.tensorboard
        if any(one.training.early_stopping.patience == 13 for one in folds.trials.values()):
            raise RuntimeError("unlucky\nand more")
        self.stacks.append([(member.trial, member.fold) for member in folds.members])
        logits = [self._logits(member, index, folds) for index, member in enumerate(folds.members)]
        finite = np.array([np.isfinite(one).all() for one in logits])
        line = {"epoch": 0, "members": [list(member) for member in folds.members], "time": 1.0}
        write_history(directory.history, [line | {"train_loss": [float(member.trial) for member in folds.members]}])
        timing = {"fit_seconds": 6.0, "optimizer_steps": 7, "members": len(logits), "device": "CPU"}
        weights = {"kernel": np.array([[float(member.trial), member.fold] for member in folds.members])}
        epochs = np.arange(2, 2 + len(logits))
        return FitResult(weights, logits, np.where(finite, 1, -1), epochs, timing)

    @staticmethod
    def _logits(member, index, folds):
        rate = folds.trials[member.trial].optimizer.learning_rate
        (rows,) = predicted_rows(folds.subset([index]))
        right = 2.0 * folds.table.targets[rows] - 1.0
        if rate > 0.85 or (0.7 < rate < 0.8 and member.fold == 1):
            right = right * np.nan
        return (right * margins(rate, member.fold, rows)).astype(np.float32)[:, None]


class Searched:
    """A search under `root`, which can be called again and again, as if its process had died in between."""

    def __init__(self, root: Path, *overrides: str) -> None:
        self.study = study_of(*overrides)
        self.folds = fold_data(self.study)
        self.directory = FrameworkDirectory(root / "lightning")
        self.directory.root.mkdir(parents=True)

    def __call__(self, *oracles: Listed, fit: Pretended | None = None) -> int:
        make = iter(oracles)
        return search(
            in_turn(fit or Pretended()), self.study, self.folds, self.directory, lambda study, fold: next(make)
        )

    def scored(self, fold: int) -> np.ndarray:
        return self.folds.plan.rows_of(fold, Role.scored)
