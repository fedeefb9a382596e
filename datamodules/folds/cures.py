"""Cures of an infeasible split: changes of `folds` in a study, each verified before it is advised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from configs.sections.folds import Folds
from datamodules.folds.obstacles import divides
from datamodules.table import Table

Change = Mapping[str, Any]

FRACTIONS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


def working(table: Table, folds: Folds, seed: int, changes: Iterable[Change]) -> Iterator[str]:
    """Those `changes` of `folds` that make the split feasible, as overrides for the command line."""
    different = (change for change in changes if any(getattr(folds, key) != value for key, value in change.items()))
    return (written(one) for one in different if divides(table, folds.model_copy(update=dict(one)), seed))


def written(change: Change) -> str:
    """`folds.method=kfold`, `folds.test_fraction=0.1 folds.splits=3`."""
    words = [f"folds.{key}={value:g}" if isinstance(value, float) else f"folds.{key}={value}"
             for key, value in change.items()]  # fmt: skip
    return " ".join([*words, *["training.early_stopping=null"] * (change.get("validation_fraction") == 0)])


def other_fractions(folds: Folds, name: str) -> Sequence[Change]:
    """Other values of the fraction `name`, the nearest first, 0 last."""
    near = sorted(FRACTIONS, key=lambda fraction: abs(fraction - getattr(folds, name)))
    return [{name: fraction} for fraction in (*near, 0.0)]


def fewer_folds(folds: Folds) -> Sequence[Change]:
    """Smaller numbers of folds, the largest first, down to two."""
    return [{"splits": splits} for splits in range(folds.splits - 1, 1, -1)]


def smaller_studies(folds: Folds, name: str) -> Iterator[Change]:
    """Other values of the fraction `name`, each with fewer folds, with unstratified folds, without validation."""
    fewer = [dict(change) for change in fewer_folds(folds)]
    further = [*fewer, {"method": "kfold"}, {"validation_fraction": 0.0}, *({"method": "kfold"} | one for one in fewer)]
    return (dict(one) | more for one in other_fractions(folds, name) for more in further)
