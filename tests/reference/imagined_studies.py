"""Predictions of imaginary studies, in the shape that a run leaves them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from imagined import CLASSES, history_of, member, validation_of

from configs.sections.evaluation import Evaluation
from evaluation.fits import FoldFit, count_targets
from evaluation.predictions import Predictions
from evaluation.summary import summarise

TRAIN_ROWS = 80


@pytest.fixture
def imagine() -> Callable[..., tuple[Predictions, list[FoldFit]]]:
    """`imagine(task, folds, repeats, rows, tested, seeds)` -> predictions and the fits of their members."""

    def make(
        task: str = "binary", folds: int = 4, repeats: int = 1, rows: int = 100, tested: int = 20, seeds: int = 1
    ) -> tuple[Predictions, list[FoldFit]]:
        rng = np.random.default_rng(7)
        target = (
            rng.normal(size=rows) if task == "regression" else rng.permutation(np.arange(rows) % (len(CLASSES[task])))
        )
        target = target.astype(np.float32 if task == "regression" else np.int32)
        row, repeat, fold, role, trained = [], [], [], [], []
        for key in range(folds * repeats):
            if key % folds == 0:
                order = rng.permutation(np.arange(tested, rows))
            scored = np.array_split(order, folds)[key % folds] if folds > 1 else order[:0]
            trained.append(count_targets(target[np.setdiff1d(order, scored)], task, CLASSES[task]).tolist())
            row.append(np.append(scored, np.arange(tested)))
            repeat.append(np.full(len(row[-1]), key // folds))
            fold.append(np.full(len(row[-1]), key % folds))
            role.append(np.array(["scored"] * len(scored) + ["test"] * tested, dtype="U6"))
        row, repeat, fold = (np.concatenate(parts).astype(np.int32) for parts in (row, repeat, fold))
        logits = member(rng, task, target[row])
        seed = np.zeros(len(row), np.int64)
        fits = [FoldFit(k // folds, k % folds, 0, 10 + k, 20 + k, TRAIN_ROWS, one) for k, one in enumerate(trained)]
        role = np.concatenate(role)
        if seeds > 1:
            logits = np.concatenate([logits, *(member(rng, task, target[row]) for _ in range(seeds - 1))])
            seed = np.repeat(np.arange(seeds), len(row))
            row, repeat, fold, role = (np.tile(one, seeds) for one in (row, repeat, fold, role))
            fits = [fit._replace(seed=one) for one in range(seeds) for fit in fits]
        return Predictions(row, repeat, fold, seed, role, target[row], logits, CLASSES[task], task), fits

    return make


@pytest.fixture
def judged() -> Callable[..., dict[str, Any]]:
    """`judged(predictions, fits, **more)` -> `metrics.json`; `more` replaces arguments of `summarise`."""

    def summary(predictions: Predictions, fits: list[FoldFit], **more: Any) -> dict[str, Any]:
        given: dict[str, Any] = {"settings": Evaluation(), "study": "tiny", "framework": "lightning", "timing": {}}
        given |= {"validation": validation_of(predictions, fits), "history": history_of(fits), "fits": fits}
        return summarise(predictions, **(given | more))

    return summary
