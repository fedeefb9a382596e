"""`folds`: how the rows are divided."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from configs.types import (
    Count,
    Fraction,
    Integer,
    Label,
    Section,
    Seed,
)

REPEATED = ("auto", "stratified", "kfold", "stratified_group")
"""Methods that shuffle: each repeat splits the rows anew."""


GROUPED = ("group", "stratified_group")
"""Methods that keep the rows of a group together."""


class Folds(Section):
    """How rows are divided: test rows are cut off first, then folds, then a validation part of each fold's training."""

    method: Literal[
        "auto", "stratified", "kfold", "leave_one_out", "group", "stratified_group", "time_series", "split"
    ] = Field(
        "auto",
        description="how rows are split; auto: group or stratified_group where there are groups, else stratified, of a "
        "regression by quantiles of the target; split is one train / validation / test division, a stack of one",
    )
    splits: Integer = Field(10, ge=2, description="number of folds; leave_one_out and split do not read it")
    repeats: Count = Field(1, description="how many times the rows are split anew; not by group, in time or one by one")
    test_fraction: Fraction = Field(0.2, description="share of all rows held out of the whole study; 0 is plain k-fold")
    validation_fraction: Fraction = Field(
        0.15, description="share of a fold's training rows that are its validation rows, for early stopping"
    )
    group: Label | None = Field(
        None,
        description="column of groups, no input: rows of equal value stay together; duplicates: equal inputs; null: "
        "the data's own groups",
    )
    seed: Seed | None = Field(None, description="seed of the split; null: the study's seed")
    time: Label | None = Field(
        None, description="column by which rows are in time: dates or numbers; null: as they stand in the file"
    )
    gap: Integer = Field(0, ge=0, description="rows left out between training and later rows (time_series)")

    @field_validator("repeats")
    @classmethod
    def _only_shuffled_folds_repeat(cls, repeats: int, info: ValidationInfo) -> int:
        method = info.data.get("method", "auto")
        if repeats > 1 and method not in REPEATED:
            shuffled = f"{', '.join(REPEATED[1:-1])} and {REPEATED[-1]}"
            raise ValueError(f"must be 1 with method '{method}': only {shuffled} split the rows anew")
        return repeats

    @field_validator("group")
    @classmethod
    def _only_group_keeps_groups(cls, group: str | None, info: ValidationInfo) -> str | None:
        method = info.data.get("method")
        if method not in ("auto", *GROUPED, None) and group is not None:
            raise ValueError(f"must be null, because method '{method}' would separate a group; or set method: group")
        return group

    @field_validator("time")
    @classmethod
    def _only_time_series_are_in_time(cls, time: str | None, info: ValidationInfo) -> str | None:
        method = info.data.get("method", "time_series")
        if time is not None and method != "time_series":
            raise ValueError(f"must be null with method '{method}', which mixes rows; or set method: time_series")
        return time

    @field_validator("gap")
    @classmethod
    def _only_time_has_gaps(cls, gap: int, info: ValidationInfo) -> int:
        method = info.data.get("method", "time_series")
        if gap and method != "time_series":
            raise ValueError(f"must be 0 with method '{method}', which has no order; or set method: time_series")
        return gap
