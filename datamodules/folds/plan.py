"""Fold plan: train, validation, scored and test rows of each member; one for both frameworks, saved and hashed."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.files.atomic import write_bytes
from configs.files.real_files import read_real
from configs.member import Member
from configs.sections.folds import Folds
from datamodules.folds.method import settled
from datamodules.table import Table, has_numbered_classes

ZIP = b"PK\x03\x04"


class Role(IntEnum):
    """Role of a row for a member."""

    unused = 0
    train = 1
    validation = 2
    scored = 3
    test = 4


@dataclass(frozen=True, eq=False)
class FoldPlan:
    """The role of every row for every member.

    Attributes:
        members: the keys, in the order of the stack.
        roles: int8 `(members, rows)`, values of `Role`.
    """

    members: tuple[Member, ...]
    roles: NDArray[np.int8]

    def __post_init__(self) -> None:
        assert self.roles.dtype == np.int8
        assert len(self.roles) == len(self.members)

    def rows_of(self, member_index: int, role: Role) -> NDArray[np.int64]:
        """Rows that have `role` for the member at `member_index`, ascending: int64 `(rows of that role,)`."""
        return np.flatnonzero(self.roles[member_index] == role)

    def subset(self, indices: Sequence[int]) -> FoldPlan:
        """The plan of some members, in the order of `indices`."""
        return FoldPlan(tuple(self.members[index] for index in indices), self.roles[list(indices)])

    def distinct(self) -> tuple[list[int], list[int]]:
        """Places of members that have roles of their own, and for each member which of these has its roles.

        The seeds of a fold share theirs, so what follows from the roles is the same for all of them.
        """
        first: dict[bytes, int] = {}
        for index, roles in enumerate(self.roles):
            first.setdefault(roles.tobytes(), index)
        numbers = {key: number for number, key in enumerate(first)}
        return list(first.values()), [numbers[roles.tobytes()] for roles in self.roles]

    def digest(self) -> str:
        """Hexadecimal SHA-256 of members and roles."""
        return _digest(self.members, self.roles)

    def split_digest(self) -> str:
        """Hexadecimal SHA-256 of the folds, (repeat, fold), and their roles, whatever the seeds of the members are."""
        first = {member[1:3]: index for index, member in reversed(list(enumerate(self.members)))}
        folds = sorted(first.items())
        return _digest([key for key, _ in folds], self.roles[[index for _, index in folds]])

    def save(self, path: Path) -> None:
        """Write an `.npz` without pickle. Raises OSError."""
        buffer = io.BytesIO()
        keys = np.array(self.members, np.int64).reshape(-1, len(Member._fields))
        np.savez_compressed(buffer, members=keys, roles=self.roles, digest=np.array(self.digest()))
        write_bytes(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> FoldPlan:
        """Read what `save` wrote.

        Raises:
            StudyError: the file cannot be read, is not a fold plan, or does not have the digest it was saved with.
        """
        try:
            content = read_real(path)
            if not content.startswith(ZIP):  # NumPy would advise to load it as a pickle
                raise ValueError("it is no .npz file")
            with np.load(io.BytesIO(content), allow_pickle=False) as saved:
                members = tuple(Member(*key) for key in saved["members"].tolist())
                plan, digest = cls(members, saved["roles"]), str(saved["digest"])
            if not np.isin(plan.roles, list(Role)).all() or plan.roles.ndim != 2:
                raise ValueError("a row has an unknown role")
        except OSError as error:
            cause = f"cannot be read ({error.strerror or error})"
            raise StudyError([f"{path}: {cause}; fix that, or start a new run"]) from error
        except Exception as error:  # NumPy raises many types for damaged bytes
            raise StudyError([f"{path}: is not a fold plan ({error}); start a new run"]) from error
        if plan.digest() != digest:
            raise StudyError([f"{path}: does not have the digest it was saved with; start a new run"])
        return plan


def plan_folds(table: Table, folds: Folds, seed: int, seeds: int = 1) -> FoldPlan:
    """Split off the test rows first, then the folds, then a validation part of each fold's training rows.

    A function of the table and the arguments alone. Every row that is not a test row is scored exactly once
    per repeat and seed, except with `time_series`, which never scores the rows before its first fold, and with `split`,
    which scores none. Test rows that the data set's authors published replace `test_fraction`.

    Args:
        table: the rows.
        folds: the split; its seed is `folds.seed`, or `seed` where that is None.
        seed: that of the first member of each fold.
        seeds: number of members of each fold, with the same roles; their seeds are consecutive. Members are in the
            order of seed, repeat and fold, so a study of several seeds begins with the members of its first one.

    Raises:
        StudyError: the table cannot be split like this; names the largest number of folds that works.
    """
    from datamodules.folds import feasibility, splits  # scikit-learn: who is handed a plan does not wait for it

    folds = settled(folds, table)
    split = seed if folds.seed is None else folds.seed
    _raise(table, feasibility.test_problems(table, folds, split))
    rows, test = splits.hold_out_test(table, folds, split)
    _raise(table, feasibility.fold_problems(table, rows, folds, split))
    keys, roles = [], []
    for repeat in range(folds.repeats):
        for fold, (training, scored) in enumerate(splits.divide(table, rows, folds, split, repeat)):
            _raise(table, feasibility.training_problems(table, training, folds, f"fold {fold}", split))
            train, validation = splits.hold_out_validation(table, training, folds, split, repeat, fold)
            _raise(table, feasibility.one_class_problems(table, train, folds, f"fold {fold}", split))
            keys.append((repeat, fold))
            roles.append(_roles(table.rows, train, validation, scored, test))
    members = tuple(Member(one, *key) for one in range(seed, seed + seeds) for key in keys)
    return FoldPlan(members, np.tile(np.stack(roles), (seeds, 1)))


def _digest(keys: Sequence[Sequence[int]], roles: NDArray[np.int8]) -> str:
    """Hexadecimal SHA-256 of keys and their roles `(keys, rows)`."""
    digest = hashlib.sha256(json.dumps([keys, roles.shape]).encode())
    digest.update(roles.tobytes())
    return digest.hexdigest()


def _roles(num_rows: int, *parts: NDArray[np.int64]) -> NDArray[np.int8]:
    """The role of each row, int8 `(rows,)`, from the train, validation, scored and test rows."""
    roles = np.zeros(num_rows, np.int8)
    for role, rows in zip((Role.train, Role.validation, Role.scored, Role.test), parts, strict=True):
        assert not roles[rows].any(), "a row has one role"
        roles[rows] = role
    return roles


def _raise(table: Table, problems: list[str]) -> None:
    numbers = "; if the classes are amounts, set data.task=regression" if has_numbered_classes(table.classes) else ""
    if problems:
        raise StudyError([f"{problem}{numbers}" if "of class" in problem else problem for problem in problems])
