"""Predictions of a run: one row per table row and member, in `predictions.parquet`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.files.atomic import replacing
from configs.files.real_files import read_real
from configs.shown import shown
from evaluation.judging.probabilities import probabilities
from evaluation.keys import Key

METADATA_KEY = b"twinfold"
KEYS = {"row": pa.int32(), "repeat": pa.int32(), "fold": pa.int32(), "seed": pa.int64(), "role": pa.string()}
TASKS, ROLES = ("binary", "multiclass", "regression"), {"train", "validation", "scored", "test"}
COLUMNS = (*KEYS, "target", "logits")
Rows = NDArray[np.int64] | slice


@dataclass(frozen=True)
class Predictions:
    """Predictions of all members for their validation, scored and test rows; `n` is the sum over members.

    Attributes:
        row, repeat, fold: int32 `(n,)`, the table row and the member's place in the plan.
        seed: int64 `(n,)`.
        role: str `(n,)`, "validation", "scored" (out of fold) or "test".
        target: `(n,)`, int32 class index or, for regression, float32.
        logits: float32 `(n, outputs)`; one output for binary and regression (there: the prediction itself).
        classes: class names by index; binary: `classes[1]` is the positive one; `()` for regression.
        task: "binary", "multiclass" or "regression".
    """

    row: NDArray[np.int32]
    repeat: NDArray[np.int32]
    fold: NDArray[np.int32]
    seed: NDArray[np.int64]
    role: NDArray[np.str_]
    target: NDArray[Any]
    logits: NDArray[np.float32]
    classes: tuple[str, ...]
    task: str

    def __post_init__(self) -> None:
        rows = self.logits.shape[0]
        columns = (self.row, self.repeat, self.fold, self.seed, self.role, self.target)
        assert all(column.shape == (rows,) for column in columns), [column.shape for column in columns]
        outputs = len(self.classes) if self.task == "multiclass" else 1
        assert self.logits.shape == (rows, outputs), (self.logits.shape, self.task, self.classes)

    def select(self, mask: NDArray[np.bool_]) -> "Predictions":
        """The rows where `mask`, bool `(n,)`, is true."""
        return self.select_at(np.flatnonzero(mask))

    def select_at(self, index: Rows) -> "Predictions":
        """The rows at these places, `(m,)`, in this order."""
        columns = {name: getattr(self, name)[index] for name in COLUMNS}
        return Predictions(**columns, classes=self.classes, task=self.task)

    def of_role(self, role: str) -> "Predictions":
        """The rows of one role: "validation", "scored" or "test"."""
        return self.select(self.role == role)

    def of_member(self, seed: int, repeat: int, fold: int) -> "Predictions":
        """The rows of one member."""
        return self.select_at(self._by_member.get((seed, repeat, fold), slice(0)))

    def members(self) -> list[Key]:
        """The (seed, repeat, fold) of every member, ascending."""
        return list(self._by_member)

    def per_row(self, values: Mapping[Key, float]) -> NDArray[np.float64]:
        """The value of each row's member, `(n,)`; `values` by its key, as `members` has it."""
        found = np.empty(len(self.row))
        for key, rows in self._by_member.items():
            found[rows] = values[key]
        return found

    def of_finite_members(self) -> "Predictions":
        """The rows of the members whose predictions are all finite."""
        broken = set(self.select(np.any(~np.isfinite(self.logits), axis=1)).members())
        return self.select(self.per_row({key: key not in broken for key in self.members()}) > 0)

    def shown(self) -> "Predictions":
        """The same rows with class names that are safe to print."""
        return replace(self, classes=tuple(map(shown, self.classes)))

    def in_order(self) -> "Predictions":
        """The same rows sorted by repeat, fold, row (and seed, where a run has several)."""
        return self.select_at(np.lexsort((self.seed, self.row, self.fold, self.repeat)))

    @cached_property
    def _by_member(self) -> dict[Key, Rows]:
        """Places of each member's rows, cached: a study of 1,000 members needs them 10,000 times.

        Rows that lie together, as in the file of one seed, are a slice, and selecting them copies nothing.
        """
        order = np.lexsort((self.fold, self.repeat, self.seed))
        keys = np.stack([self.seed, self.repeat, self.fold], axis=1)[order]
        starts = np.flatnonzero(np.diff(keys, axis=0, prepend=-1).any(axis=1))
        parts = map(slice, starts.tolist(), [*starts[1:].tolist(), len(order)])
        sorted_already = np.array_equal(order, np.arange(len(order)))
        rows = parts if sorted_already else (order[part] for part in parts)
        return dict(zip(map(tuple, keys[starts].tolist()), rows, strict=False))


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The rows of several parts of one study, one after the other."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS}
    return Predictions(**columns, classes=parts[0].classes, task=parts[0].task)


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write `predictions`, sorted, to `path`, atomically: a reader gets the old file or the whole new one.

    Columns: `row repeat fold seed role target`, then `logit_<class>` and `probability_<class>` (binary: of the positive
    class alone) or, for regression, `prediction`; all float32. Task and classes are kept in the schema's metadata.
    """
    table = _to_arrow(predictions.in_order())
    with replacing(path) as file:
        pq.write_table(table, file, write_page_checksum=True)


def read_predictions(path: Path) -> Predictions:
    """Read the predictions that `write_predictions` wrote.

    Raises:
        StudyError: the file is missing, damaged, or was not written by `write_predictions`.
    """
    try:
        content = read_real(path)
    except FileNotFoundError as error:
        raise StudyError([f"{path}: no such file; a run writes it when its folds are trained"]) from error
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror or error}); fix that"]) from error
    return parse_predictions(content, path, "train the run again")


def parse_predictions(content: bytes, path: Path, cure: str) -> Predictions:
    """Parse `content`, the bytes of `path`. Raises StudyError, which ends with `cure`, if it holds no predictions."""
    try:
        found = _from_arrow(pq.read_table(pa.BufferReader(content), page_checksum_verification=True))
        _check(found)
    except Exception as error:  # pyarrow raises many types for damaged bytes
        cause = str(error).partition("\n")[0] or type(error).__name__
        raise StudyError([f"{path}: not a whole predictions file ({cause}); {cure}"]) from error
    return found


def _check(found: Predictions) -> None:
    """Raises ValueError for values that no training writes and that no metric accepts."""
    if found.task not in TASKS or not all(isinstance(name, str) for name in found.classes):
        raise ValueError("its task or its classes are unknown")
    if found.task != "regression" and len(found.classes) < 2:
        raise ValueError("it has no two classes")
    if found.task == "regression" and not np.isfinite(found.target).all():
        raise ValueError("a target is not finite")
    if found.task != "regression" and not np.all((found.target >= 0) & (found.target < len(found.classes))):
        raise ValueError("a target is none of the classes")
    if len(found.row) and min(found.row.min(), found.repeat.min(), found.fold.min(), found.seed.min()) < 0:
        raise ValueError("a row or a fold has a negative number")


def predicted_classes(task: str, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Classes with a logit column: the positive one of a binary task, all of a multiclass one, else none."""
    return classes[1:] if task == "binary" else classes


def _to_arrow(predictions: Predictions) -> pa.Table:
    target_type = pa.float32() if predictions.task == "regression" else pa.int32()
    columns = {name: pa.array(getattr(predictions, name), kind) for name, kind in KEYS.items()}
    columns["target"] = pa.array(predictions.target, target_type)
    if predictions.task == "regression":
        columns["prediction"] = _float32(predictions.logits[:, 0])
    else:
        chances = probabilities(predictions.logits, predictions.task)
        for index, name in enumerate(predicted_classes(predictions.task, predictions.classes)):
            columns[f"logit_{name}"] = _float32(predictions.logits[:, index])
            columns[f"probability_{name}"] = _float32(chances[:, index])
    header = json.dumps({"task": predictions.task, "classes": list(predictions.classes)})
    return pa.table(columns).replace_schema_metadata({METADATA_KEY: header.encode()})


def _from_arrow(table: pa.Table) -> Predictions:
    header = json.loads(table.schema.metadata[METADATA_KEY])
    task, classes = header["task"], tuple(header["classes"])
    names = ["prediction"] if task == "regression" else [f"logit_{name}" for name in predicted_classes(task, classes)]
    kinds = KEYS | {"target": pa.float32() if task == "regression" else pa.int32()} | dict.fromkeys(names, pa.float32())
    if other := [name for name, kind in kinds.items() if table[name].type != kind or table[name].null_count]:
        raise ValueError(f"column '{other[0]}' is of another type, or lacks values")
    if not {*table["role"].unique().to_pylist()} <= ROLES:
        raise ValueError("it has an unknown role")
    columns = {name: table[name].to_numpy() for name in kinds}
    logits = np.stack([columns.pop(name) for name in names], axis=1)
    columns["role"] = columns["role"].astype(np.str_)
    return Predictions(**columns, logits=logits, classes=classes, task=task)


def _float32(values: NDArray[Any]) -> pa.Array:
    return pa.array(np.ascontiguousarray(values, dtype=np.float32))
