"""Figures as files for a paper: vector formats with their fonts, the same bytes for the same run."""

import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

SETTINGS: dict[Any, Any] = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "twinfold"}
"""TrueType fonts in a PDF, which publishers ask for instead of Type 3; outlines in an SVG, which embeds no font."""
METADATA: Mapping[str, dict[str, Any]] = {
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    "svg": {"Creator": None, "Date": None},
    "png": {"Software": None},
}
"""No dates and no versions."""
DOTS_PER_INCH = 300
FORMATS = tuple(METADATA)


def figure_files(figures: Mapping[str, Mapping[str, Figure]], form: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of a file for each figure: `lightning_folds.pdf` for `{"lightning": {"folds": figure}}`.

    `form` is one of `FORMATS`. A figure is drawn when its turn comes.
    """
    for learner, own in figures.items():
        for name, figure in own.items():
            yield file_name(learner, name, form), drawn(figure, form)


def drawn(figure: Figure, form: str) -> bytes:
    """The content of a file of the `figure`, with its title."""
    content = io.BytesIO()
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(
            content, format=form, dpi=DOTS_PER_INCH, bbox_inches="tight", pad_inches=0.04, metadata=METADATA[form]
        )
    return content.getvalue()


def file_name(learner: str, name: str, form: str) -> str:
    """`lightning_folds.pdf`."""
    return f"{learner}_{name}.{form}"


def taken(names: Mapping[str, Collection[str]], form: str, folder: Path) -> list[str]:
    """Names of the files of `names`, learner -> its figures, that are in `folder` already, links included."""
    files = [file_name(learner, name, form) for learner, own in names.items() for name in own]
    return [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
