"""Where a relative path of a study is looked up."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


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
    """`path` below the first of `places` where it `is_there`, as a whole path; None if it is in none."""
    every = (Path(os.path.abspath(place / Path(path).expanduser())) for place in places)
    return next((place for place in every if is_there(place)), None)


def is_path(source: str) -> bool:
    """Whether `data.source` is the path of a file: the name of a data set has neither a point nor a slash."""
    return not {".", "/", os.sep}.isdisjoint(source)


def data_folder(root: str) -> Path:
    """The folder that `data.root` means: in the project, or else in the working folder; if new, in the project."""
    return find(root, [PROJECT, Path.cwd()], Path.is_dir) or PROJECT / Path(root).expanduser()
