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

from configs.atomic import write_bytes
from configs.errors import StudyError
from configs.member import Member
from configs.real_files import read_real
from configs.schema import Folds
from datamodules.folds import feasibility, splits
from datamodules.table import Table

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

    def digest(self) -> str:
        """Hexadecimal SHA-256 of members and roles."""
        digest = hashlib.sha256(json.dumps([self.members, self.roles.shape]).encode())
        digest.update(self.roles.tobytes())
        return digest.hexdigest()

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
            raise StudyError([f"{path}: {cause}; mend that, or start a new run"]) from error
        except Exception as error:  # NumPy raises many types for damaged bytes
            raise StudyError([f"{path}: is not a fold plan ({error}); start a new run"]) from error
        if plan.digest() != digest:
            raise StudyError([f"{path}: does not have the digest it was saved with; start a new run"])
        return plan


def plan_folds(table: Table, folds: Folds, seed: int) -> FoldPlan:
    """Split off the test rows first, then the folds, then a validation part of each fold's training rows.

    A function of the table, `folds` and the seed alone. Every row that is not a test row is scored exactly once
    per repeat, except with `time_series`, which never scores the rows before its first fold, and with `split`,
    which scores none. Test rows that the data set's authors published replace `test_fraction`.

    Raises:
        StudyError: the table cannot be split like this; names the largest number of folds that works.
    """
    _raise(feasibility.test_problems(table, folds, seed))
    rows, test = splits.hold_out_test(table, folds, seed)
    _raise(feasibility.fold_problems(table, rows, folds, seed))
    members, roles = [], []
    for repeat in range(folds.repeats):
        for fold, (training, scored) in enumerate(splits.divide(table, rows, folds, seed, repeat)):
            _raise(feasibility.training_problems(table, training, folds, f"fold {fold}", seed))
            train, validation = splits.hold_out_validation(table, training, folds, seed, repeat, fold)
            members.append(Member(seed, repeat, fold))
            roles.append(_roles(table.rows, train, validation, scored, test))
    return FoldPlan(tuple(members), np.stack(roles))


def _roles(num_rows: int, *parts: NDArray[np.int64]) -> NDArray[np.int8]:
    """The role of each row, int8 `(rows,)`, from the train, validation, scored and test rows."""
    roles = np.zeros(num_rows, np.int8)
    for role, rows in zip((Role.train, Role.validation, Role.scored, Role.test), parts, strict=True):
        assert not roles[rows].any(), "a row has one role"
        roles[rows] = role
    return roles


def _raise(problems: list[str]) -> None:
    if problems:
        raise StudyError(problems)
