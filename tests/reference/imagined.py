"""Parts of imaginary studies: what their networks say, and how they came to say it."""

from dataclasses import replace
from typing import Any

import numpy as np

from evaluation.comparing.candidate import Candidate
from evaluation.fits import FoldFit
from evaluation.judging.catalogue import METRICS
from evaluation.judging.judge import judge
from evaluation.keys import named
from evaluation.predictions import Predictions
from reporting.page.sections.record import Record

CLASSES = {"binary": ("benign", "malignant"), "multiclass": ("setosa", "versicolor", "virginica"), "regression": ()}
RECORD = Record(
    study="name: tiny\n",
    source="tiny.csv",
    environment={
        "time": "2026-11-24T03:07:59+00:00", "command": ["scripts/train.py", "data.source=my rows.csv"], "cores": 2,
        "python": "3.11.7", "platform": "Linux", "processor": "a processor", "packages": {"numpy": "2.4.6"},
        "commit": None, "data_sha256": "d" * 64, "folds_sha256": "f" * 64,
    },
    place="runs/tiny/now",
)  # fmt: skip
TIMING = {"fit_seconds": 1.5, "optimizer_steps": 400, "members": 4}


def member(rng: np.random.Generator, task: str, target: np.ndarray) -> np.ndarray:
    """Logits of a mediocre net: `(rows,)` -> `(rows, outputs)`, of three classes or as many as there are."""
    classes = max(3, int(target.max()) + 1)
    noise = rng.normal(size=(len(target), classes if task == "multiclass" else 1))
    signal = np.eye(classes)[target] * 2 if task == "multiclass" else (target * 2.0 - (task == "binary"))[:, None]
    return (signal + noise).astype(np.float32)


def validation_of(predictions: Predictions, fits: list[FoldFit], rows: int = 40) -> Predictions:
    """What the same members say of rows that they stopped on: `rows` each, none of them in the study's table."""
    rng, count = np.random.default_rng(11), rows * len(fits)
    outputs = max(len(predictions.classes), 1)
    if predictions.task == "regression":
        target = rng.normal(size=count).astype(np.float32)
    else:
        target = (np.arange(count) % outputs).astype(np.int32)
    row = (1000 + np.tile(np.arange(rows), len(fits))).astype(np.int32)
    repeat, fold = (
        np.repeat([getattr(fit, name) for fit in fits], rows).astype(np.int32) for name in ("repeat", "fold")
    )
    logits = member(rng, predictions.task, target)
    seed, role = np.repeat([fit.seed for fit in fits], rows).astype(np.int64), np.full(count, "validation")
    return Predictions(row, repeat, fold, seed, role, target, logits, predictions.classes, predictions.task)


def history_of(fits: list[FoldFit]) -> list[dict[str, Any]]:
    """Lines of `history.jsonl`: losses that fall until the best epoch; then the validation loss rises."""
    lines = []
    for epoch in range(max(fit.epochs for fit in fits)):
        active = [fit for fit in fits if epoch < fit.epochs]
        lines.append(
            {
                "epoch": epoch,
                "members": [[fit.seed, fit.repeat, fit.fold, 0] for fit in active],
                "train_loss": [0.3 + 0.5 / (1 + epoch) for _ in active],
                "validation_loss": [0.4 + abs(epoch - fit.best_epoch) / 100 for fit in active],
                "time": 1.8e9 + epoch,
            }
        )
    return lines


def candidate(name: str, predictions: Predictions, train_rows: int = 80) -> Candidate:
    """With the part of `metrics.json` that a comparison reads."""
    scored = predictions.of_role("scored")
    folds = []
    for seed, repeat, fold in scored.members():
        mine = scored.of_member(seed, repeat, fold)
        values = judge(mine.logits, mine.target, mine.task, mine.classes)
        values = {metric: None if np.isnan(values[metric]) else values[metric] for metric in METRICS[mine.task]}
        folds.append({"seed": seed, "repeat": repeat, "fold": fold, "train_rows": train_rows, "scored": values})
    broken = scored.select(~np.isfinite(scored.logits).all(axis=1)).members()
    failed = [{**named(key), "reason": "imagined"} for key in broken]
    return Candidate(name, {"task": predictions.task, "folds": folds, "failed": failed}, scored)


def noisy(predictions: Predictions, noise: float, seed: int = 1) -> Predictions:
    draw = np.random.default_rng(seed).normal(size=predictions.logits.shape)
    return replace(predictions, logits=(predictions.logits + noise * draw).astype(np.float32))


def candidate_of(name: str, values: np.ndarray, metric: str, failed: tuple[int, ...] | list[int] = ()) -> Candidate:
    """A learner with a value of one metric for each fold, of ten scored and ninety training rows."""
    count = len(values)
    fold, zeros = np.repeat(np.arange(count), 10).astype(np.int32), np.zeros(10 * count, np.int32)
    folds = [
        {"seed": 0, "repeat": 0, "fold": n, "train_rows": 90, "scored": {metric: float(value)}}
        for n, value in enumerate(values)
    ]
    metrics = {"task": "binary", "folds": folds, "failed": [named((0, 0, n)) for n in failed]}
    row, logits = np.arange(10 * count, dtype=np.int32), np.zeros((10 * count, 1), np.float32)
    roles, seeds = np.full(10 * count, "scored"), zeros.astype(np.int64)
    predictions = Predictions(row, zeros, fold, seeds, roles, row % 2, logits, CLASSES["binary"], "binary")
    return Candidate(name, metrics, predictions, run=name, framework="lightning")
