"""A data frame of any library as a polars frame."""

from __future__ import annotations

from typing import Any

import polars as pl

from configs.errors import StudyError


def polars_frame(frame: Any, name: str) -> pl.DataFrame:
    """The rows of a frame of pandas, polars, pyarrow or another that narwhals knows; `name` is for messages.

    Raises StudyError if it is no data frame, or has no rows.
    """
    import narwhals

    try:
        found = narwhals.from_native(frame, eager_only=True).to_polars()
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise StudyError([f"{name}: is no data frame ({str(error).partition(chr(10))[0]})"]) from error
    if found.height == 0:
        raise StudyError([f"{name}: has no rows; a table needs some"])
    return found
