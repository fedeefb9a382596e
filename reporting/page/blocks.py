"""Blocks of a report: code, facts, tables, figures, headline, sections; rendered by `blocks.html` and `text.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from evaluation.verdicts.shortfalls import Item


@dataclass(frozen=True)
class Code:
    """Verbatim text to copy; `folded` if it is long, and shown on demand."""

    title: str
    text: str
    folded: bool = False
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Facts:
    """Terms with their descriptions of one or several lines."""

    items: Sequence[tuple[str, Sequence[str]]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Status:
    """Status of a run: level -> its items, the worst level first."""

    levels: Mapping[str, Sequence[Item]]
    kind: ClassVar[str] = "status"


class Cell(NamedTuple):
    """One value of a grid, its note in smaller type, and its shade, from 0 to 1."""

    text: str
    small: str = ""
    shade: float | None = None


@dataclass(frozen=True)
class Grid:
    """A table: each row is a heading and one cell for every further column.

    `groups` are headings above the columns after the first, with their number of columns; `folds` has the name of each
    row's fold, "" for none. `dense` keeps a cell's note on its line; a `folded` one, of words, is shown on demand.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    groups: Sequence[tuple[str, int]] = ()
    folds: Sequence[str] = ()
    dense: bool = False
    folded: bool = False
    kind: ClassVar[str] = "grid"


@dataclass(frozen=True)
class Drawings:
    """One figure for each framework, side by side, or one for both: framework -> SVG; a `wide` one stands alone."""

    title: str
    note: str
    svgs: Mapping[str, str]
    wide: bool = False
    kind: ClassVar[str] = "drawings"


class Interval(NamedTuple):
    """A value of one framework with its interval, and their positions on a line from 0 to 100; None if undefined.

    `mean` is the mean over the folds in words, where the value is that of the pooled rows.
    """

    framework: str
    value: str
    span: str
    mean: str
    middle: float | None
    left: float | None
    width: float | None


class HeadlineRow(NamedTuple):
    """A metric, its intervals, the value of the baseline, and its position on the line; None beyond its ends.

    `ends` are those of a line of its own, () where all metrics share one.
    """

    metric: str
    intervals: Sequence[Interval]
    baseline: str
    place: float | None
    ends: Sequence[str]


@dataclass(frozen=True)
class Headline:
    """The headline metrics; `ends` are those of the common line of all intervals, or ()."""

    caption: str
    rows: Sequence[HeadlineRow]
    ends: Sequence[str]
    note: str
    kind: ClassVar[str] = "headline"


@dataclass(frozen=True)
class Row:
    """Blocks side by side where there is room, and a common note."""

    blocks: "Sequence[Block]"
    note: str = ""
    kind: ClassVar[str] = "row"


Block = Code | Status | Facts | Grid | Drawings | Headline | Row


class Section(NamedTuple):
    """A title, its anchor on the page, and its blocks."""

    name: str
    title: str
    blocks: Sequence[Block]
