"""Imported predictions matched with a run's own, which have predicted the same rows: each of them exactly once."""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evaluation.importing.columns import integer_column
from evaluation.predictions import Predictions

KEYS = ("seed", "repeat", "fold", "row")


def member_keys(frame: pl.DataFrame, known: Predictions) -> pl.DataFrame:
    """Columns `seed`, `repeat`, `fold`, `row` of the table. Raises ValueError.

    Without a `repeat` the run must have one. Without a `seed` they are the predictions of one model for each fold, and
    have the first seed of the run.
    """
    for name in ("row", "fold"):
        if name not in frame.columns:
            raise ValueError(f"has no column '{name}'; the columns are {', '.join(frame.columns[:8])}")
    repeats = np.unique(known.repeat)
    if "repeat" not in frame.columns and len(repeats) > 1:
        raise ValueError(f"has no column 'repeat', and the run has {len(repeats)} repeats of its folds")
    missing = {"repeat": int(repeats[0]), "seed": int(known.seed.min())}
    columns = {
        name: integer_column(frame, name) if name in frame.columns else np.full(frame.height, missing[name])
        for name in KEYS
    }
    return pl.DataFrame(columns)


def matched(keys: pl.DataFrame, logits: NDArray[np.float32], known: Predictions, rows: int) -> Predictions:
    """The rows of `known` with the imported `logits` `(rows, outputs)`, in the order of `known`.

    Every scored row of every member whose seed the table names is there once; test and validation rows all or not at
    all. Of those that are not there, test rows are left out and validation rows have nan, so that their targets stay.
    A plan that scores no row needs the test rows. `rows` is the number of rows of the data.

    Raises:
        ValueError: a row is there twice, is not one that these members predict, or is missing.
    """
    _check_seeds(keys, known)
    _check_once(keys)
    own = known.select(np.isin(known.seed, keys["seed"].unique().to_numpy()))
    asked = pl.DataFrame({name: getattr(own, name).astype(np.int64) for name in KEYS}).with_row_index("place")
    joined = keys.join(asked, on=KEYS, how="left", maintain_order="left")
    if joined["place"].null_count():
        first = joined.filter(pl.col("place").is_null()).row(0, named=True)
        raise ValueError(f"{_told(first)} is not one that this fold predicts: {_why(first, own, rows)}")
    found = np.full((len(own.row), logits.shape[1]), np.nan, np.float32)
    found[joined["place"].to_numpy()] = logits
    here = np.isin(np.arange(len(own.row)), joined["place"].to_numpy())
    _check_complete(own, here)
    return replace(own, logits=found).select(here | (own.role == "validation"))


def _check_seeds(keys: pl.DataFrame, known: Predictions) -> None:
    unknown = np.setdiff1d(keys["seed"].to_numpy(), known.seed)
    if len(unknown):
        raise ValueError(f"seed {unknown[0]} is none of the run: {', '.join(map(str, np.unique(known.seed)))}")


def _check_once(keys: pl.DataFrame) -> None:
    twice = keys.is_duplicated()
    if twice.any():
        first = int(twice.arg_max() or 0)
        raise ValueError(f"{_told(keys.row(first, named=True))} is there more than once")


def _why(entry: dict[str, int], own: Predictions, rows: int) -> str:
    """The cause why a row is not predicted."""
    folds = set(zip(own.repeat.tolist(), own.fold.tolist(), strict=True))
    if (entry["repeat"], entry["fold"]) not in folds:
        return f"the run has no such fold, but {len(folds)}, counted from 0"
    if entry["row"] >= rows:
        return f"the table has {rows} rows, counted from 0"
    return "it is a training row there, or unused"


def _check_complete(own: Predictions, here: NDArray[np.bool_]) -> None:
    scores = bool((own.role == "scored").any())
    for role, optional in (("scored", False), ("test", scores), ("validation", True)):
        asked = own.role == role
        missing = np.flatnonzero(asked & ~here)
        if not len(missing) or (optional and len(missing) == asked.sum()):
            continue
        entry = {name: int(getattr(own, name)[missing[0]]) for name in KEYS}
        rest = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        cure = "; give all of them, or none" if optional else ""
        raise ValueError(f"{_told(entry)}, a {role} row, is missing{rest}{cure}")


def _told(entry: dict[str, int]) -> str:
    others = "".join(f"{name} {entry[name]}, " for name in ("seed", "repeat") if entry[name])
    return f"row {entry['row']} of {others}fold {entry['fold']}"
