"""Highest-loss samples: the rows with the largest prediction error."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.classification import decisions
from evaluation.judging.probabilities import probabilities
from evaluation.judging.row_losses import row_losses
from evaluation.predictions import Predictions

PLACE = ("row", "seed", "repeat", "fold")


def worst_rows(predictions: Predictions, cuts: NDArray[np.float64], count: int) -> list[dict[str, Any]]:
    """At most `count` rows, the largest loss first; each table row once, with the member of its largest loss.

    `target` and `prediction` are class names, in a regression numbers; `probability` is that of the target's class.
    Members that diverged are left out. `cuts` `(n,)` are those of `classification.decisions`.
    """
    finite = np.all(np.isfinite(predictions.logits), axis=1)
    known, cuts = predictions.select(finite), cuts[finite]
    losses = row_losses(known.logits, known.target, known.task)
    order = np.argsort(-losses, kind="stable")
    _, first = np.unique(known.row[order], return_index=True)
    chosen = order[np.sort(first)[:count]]
    rows = known.select_at(chosen)
    places = [{name: int(getattr(rows, name)[place]) for name in PLACE} for place in range(len(chosen))]
    told = zip(places, _said(rows, cuts[chosen]), losses[chosen].tolist(), strict=True)
    return [{**place, **said, "loss": loss} for place, said, loss in told]


def _said(rows: Predictions, cuts: NDArray[np.float64]) -> list[dict[str, Any]]:
    if rows.task == "regression":
        pairs = zip(rows.target.tolist(), rows.logits[:, 0].tolist(), strict=True)
        return [{"target": target, "prediction": prediction} for target, prediction in pairs]
    chances = probabilities(rows.logits, rows.task)
    every = np.concatenate([1 - chances, chances], axis=1) if rows.task == "binary" else chances
    given = np.take_along_axis(every, rows.target.astype(np.int64)[:, None], axis=1)[:, 0]
    calls = decisions(rows.logits, rows.task, cuts)
    names = [(rows.classes[target], rows.classes[call]) for target, call in zip(rows.target, calls, strict=True)]
    return [
        {"target": target, "prediction": call, "probability": chance}
        for (target, call), chance in zip(names, given.tolist(), strict=True)
    ]
