"""Search folders for the relative paths of a study."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

FILES = ".csv, .tsv, .parquet or .arrow"
"""The usual endings of the files that hold a table, for messages."""
PROJECT = Path(__file__).resolve().parents[2]


def folders(study: Path, typed: bool) -> list[Path]:
    """Folders in which a relative path is looked up, in this order.

    Args:
        study: the study file: its folder comes first, then the project, then the working folder.
        typed: whether the path was typed on the command line, where the working folder comes first.
    """
    beside, working = study.absolute().parent, Path.cwd()
    order = [working, beside, PROJECT] if typed else [beside, PROJECT, working]
    return list(dict.fromkeys(order))


def find(path: str, places: Sequence[Path], is_there: Callable[[Path], bool]) -> Path | None:
    """`path` below the first of `places` where `is_there` holds, as an absolute path; None if there is none."""
    every = (Path(os.path.abspath(place / Path(path).expanduser())) for place in places)
    return next((place for place in every if is_there(place)), None)


def is_path(source: str) -> bool:
    """Whether `data.source` is the path of a file: the name of a data set has neither a dot nor a slash."""
    return not {".", "/", os.sep}.isdisjoint(source)


def data_folder(root: str) -> Path:
    """The folder of `data.root`: in the project, or else in the working folder; a new one in the project."""
    return find(root, [PROJECT, Path.cwd()], Path.is_dir) or PROJECT / Path(root).expanduser()
