"""What a report is made of. Two files say how each block looks: `blocks.html` on the page, `text.py` in text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from evaluation.verdicts.shortfalls import Item


@dataclass(frozen=True)
class Code:
    """Something to copy, as it is; `folded` if it is long, and shown on demand."""

    title: str
    text: str
    folded: bool = False
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Facts:
    """Terms, and what is to be said of each: one or several lines."""

    items: Sequence[tuple[str, Sequence[str]]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Status:
    """What to know before any number: level -> its items, the worst level first."""

    levels: Mapping[str, Sequence[Item]]
    kind: ClassVar[str] = "status"


class Cell(NamedTuple):
    """One value of a grid, what belongs to it in smaller letters, and how deep it is shaded, from 0 to 1."""

    text: str
    small: str = ""
    shade: float | None = None


@dataclass(frozen=True)
class Grid:
    """A table: each row is a heading and one cell for every further column.

    `groups` are headings above the columns after the first, with how many each spans; `folds` names the fold that a
    row is about, "" where it is about none. `dense` keeps the smaller letters of a cell in its line.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    groups: Sequence[tuple[str, int]] = ()
    folds: Sequence[str] = ()
    dense: bool = False
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
    """A value of one framework with its interval, and where on a line from 0 to 100 they lie; None if undefined.

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
    """A metric, its intervals, the value of the baseline, and where on the line that is; None beyond its ends.

    `ends` are those of a line of its own, () where all metrics share one.
    """

    metric: str
    intervals: Sequence[Interval]
    baseline: str
    place: float | None
    ends: Sequence[str]


@dataclass(frozen=True)
class Headline:
    """The numbers that come first; `ends` are those of the line that all intervals lie on, or ()."""

    caption: str
    rows: Sequence[HeadlineRow]
    ends: Sequence[str]
    note: str
    kind: ClassVar[str] = "headline"


@dataclass(frozen=True)
class Row:
    """Blocks that are read together, side by side where there is room, and what holds for all of them."""

    blocks: "Sequence[Block]"
    note: str = ""
    kind: ClassVar[str] = "row"


Block = Code | Status | Facts | Grid | Drawings | Headline | Row


class Section(NamedTuple):
    """A title, its place on the page, and what is said there."""

    name: str
    title: str
    blocks: Sequence[Block]
