"""Files as people write them, and studies of them, for hypothesis: each with what its cells mean.

`EXAMPLES=5000` in the environment lets the tests of any file run long, on new examples each time.
"""

import gzip
import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from configs.errors import StudyError

NONE = object()
"""What a cell without a value means."""
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff")
WORDS = st.text(LETTERS, min_size=1, max_size=8).map(str.strip).filter(bool)
LABELS = st.sampled_from(
    [("no", "yes"), ("0", "1"), ("1", "2"), ("neg", "pos"), ("A", "B", "C"), ("ill", "well"), ("3", "7", "9"),
     ("true", "false"), ("<=50K", ">50K"), ("Ja", "Nein"), ("a b", "a,b"), ("é", "ü", "ß", "x"), ("m", "f", "NA")]
)  # fmt: skip
GAPS = ["", "NA", "N/A", "-", "?", "null", "None", "nan", " "]
FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d %b %Y", "%Y-%m-%dT%H:%M:%S", "%d.%m.%y"]
TRAPS = (
    *(
        "1,2",
        "1.234,5",
        "12%",
        "7 kg",
        "=1+1",
        "0x1F",
        "1_000",
        "#N/A",
        "1e999",
        "9" * 25,
        "-",
        "\t",
        "inf",
        "-inf",
        "nan",
    ),
    *("1;2", "TRUE", "007", "2020-02-30", "12:30", "\u00a0", "\u221e", chr(0x661), "1/2", "--", "'1", '"'),
)
FAULTS = (
    *("", "", "", "", "short", "long", "twice", "nameless", "tail", "total", "units", "again", "blank", "question"),
    *("quote", "comment", "numbers"),
)
METHODS = ["auto", "stratified", "kfold", "leave_one_out", "group", "stratified_group", "time_series", "split"]
OPTIONS = {
    "folds.method": METHODS,
    "folds.splits": [2, 3, 5],
    "folds.repeats": [1, 2],
    "folds.test_fraction": [0, 0.2, 0.5],
    "folds.validation_fraction": [0, 0.15, 0.4],
    "folds.gap": [0, 1, 3],
    "folds.group": ["duplicates", "c0", "c1"],
    "folds.time": ["c0", "c1", "c2"],
    "inputs.impute": ["auto", "median", "mean", "constant", "refuse"],
    "inputs.infinite": ["refuse", "missing"],
    "inputs.scale": ["standard", "robust", "minmax", "quantile", "robust_clip", "none"],
    "inputs.categories": ["auto", "onehot", "embedding"],
    "inputs.min_category": [1, 3],
    "inputs.select": ["none", 1, 2],
    "inputs.target": ["standard", "log", "quantile"],
    "training.sampling": ["none", "balanced"],
    "training.class_weights": ["none", "balanced"],
    "training.batch_size": [1, 4, 64],
    "data.task": ["auto", "binary", "multiclass", "regression"],
    "data.weight": ["c0", "c1"],
    "data.drop": ["[c0]", "[c0, c1]"],
    "data.missing": ["[]", "[x]", "[NA, '-', '0']"],
    "data.columns": ["{c0: categorical}", "{c0: numeric, c1: categorical}", "{c1: date}", "{c0: boolean}"],
    "data.decimal": ["auto", ".", ","],
    "seeds": [1, 2],
}  # fmt: skip


def how(usual: int) -> settings:
    """`usual` examples, the same each time; more and new ones if the environment says so."""
    asked = os.environ.get("EXAMPLES")
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=int(asked or usual), deadline=None, derandomize=asked is None, suppress_health_check=checks
    )


@dataclass
class Written:
    """A column: its name, kind, cells as written and what each means."""

    name: str
    kind: str
    cells: list[str]
    meaning: list[object]

    def __post_init__(self) -> None:
        self.cells, self.meaning = list(self.cells), list(self.meaning)


@dataclass
class AnyFile:
    """A file, the keys that read it, and its columns; `whole` if nothing was done that a reader may refuse."""

    content: bytes
    name: str
    keys: list[str]
    columns: list[Written]
    written_target: Written
    whole: bool
    notes: list[str] = field(default_factory=list)
    delimiter: str = ","

    def at(self, folder: Path) -> list[str]:
        """Write it into `folder`: the overrides of a study that reads it."""
        path = folder / self.name
        path.write_bytes(self.content)
        return [f"data.source={path}", f"data.target={self.written_target.name}", *self.keys]


@st.composite
def _cells(draw, rows, mark):
    """Kind, cells, and meanings of a column of `rows`."""
    kind = draw(st.sampled_from(["number", "number", "whole", "count", "huge", "words", "word", "yes", "date", "moment",
                                 "same", "empty", "id", "percent", "grouped", "text", "traps"]))  # fmt: skip
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "number":
        values = np.round(generator.normal(0, 10.0 ** draw(st.integers(-2, 6)), rows), draw(st.integers(1, 2)))
        return kind, [f"{value:.2f}".replace(".", mark) for value in values], values.tolist()
    if kind in ("whole", "count"):
        values = generator.integers(-5, 6, rows) if kind == "whole" else 7 + generator.permutation(rows)
        return kind, list(map(str, values)), values.tolist()
    if kind == "huge":
        values = [int(value) * 10 ** draw(st.integers(0, 20)) for value in generator.integers(10**17, 10**18, rows)]
        return kind, list(map(str, values)), values
    if kind in ("words", "word"):
        known = draw(st.lists(WORDS, min_size=1, max_size=6 if kind == "words" else 2, unique=True))
        values = [known[place] for place in generator.integers(0, len(known), rows)]
        return kind, values, values
    if kind == "yes":
        values = generator.choice(
            draw(st.sampled_from([["yes", "no"], ["TRUE", "FALSE"], ["J", "N"], ["on", "off"]])), rows
        )
        return kind, values.tolist(), values.tolist()
    if kind in ("date", "moment"):
        form = draw(st.sampled_from(FORMATS)) if kind == "date" else "%Y-%m-%d %H:%M:%S"
        first, span = draw(st.dates(date(1970, 1, 1), date(2060, 1, 1))), draw(st.sampled_from([1, 40, 4000]))
        days = [
            datetime(first.year, first.month, first.day) + timedelta(int(day))
            for day in generator.integers(0, span, rows)
        ]
        return kind, [day.strftime(form) for day in days], days
    if kind == "same":
        return kind, ["5"] * rows, [5] * rows
    if kind == "empty":
        return kind, [""] * rows, [NONE] * rows
    if kind == "id":
        order = generator.permutation(rows)
        return kind, [f"P{number:04d}" for number in order], [f"P{number:04d}" for number in order]
    if kind == "percent":
        values = generator.integers(0, 101, rows)
        return kind, [f"{value}%" for value in values], (values / 100).tolist()
    if kind == "grouped":
        values, separator = generator.integers(10**6, 10**8, rows), {".": ",", ",": "."}[mark]
        return kind, [f"{value:,}".replace(",", separator) for value in values], values.tolist()
    if kind == "text":
        values = [" ".join(generator.choice(["the", "patient", "says", "that", "it", "hurts"], 9)) for _ in range(rows)]
        return kind, values, values
    values = generator.choice([*TRAPS, "1", "2", "x"], rows).tolist()
    return kind, values, values


@st.composite
def any_files(draw, most_rows=60):
    """A file of up to five columns and a target, in any dialect, perhaps with something that is wrong with it."""
    rows, mark = draw(st.integers(1, most_rows)), draw(st.sampled_from([".", ".", ","]))
    columns = [Written(f"c{place}", *draw(_cells(rows, mark))) for place in range(draw(st.integers(1, 5)))]
    target = Written("y", *draw(_cells(rows, mark)))
    if draw(st.integers(0, 3)):
        generator, labels = np.random.default_rng(draw(st.integers(0, 99))), draw(LABELS)
        cells = [labels[place] for place in generator.integers(0, len(labels), rows)]
        target = Written("y", "label", cells, list(cells))
    gap = draw(st.sampled_from(GAPS))
    for column in [*columns, *[target] * (draw(st.integers(0, 9)) == 0)]:
        generator = np.random.default_rng(draw(st.integers(0, 99)))
        for row in np.flatnonzero(generator.random(rows) < draw(st.sampled_from([0, 0, 0.03, 0.5]))):
            column.cells[row], column.meaning[row] = gap, NONE
    if draw(st.integers(0, 5)) == 0:  # an equal row further down
        for column in [*columns, target]:
            column.cells[-1], column.meaning[-1] = column.cells[0], column.meaning[0]
    return draw(_written(columns, target, mark))


@st.composite
def _written(draw, columns, target, mark):
    """The columns in some dialect."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    place = draw(st.integers(0, len(columns)))
    ordered = [*columns[:place], target, *columns[place:]]
    lines = [[one.name for one in ordered], *map(list, zip(*(one.cells for one in ordered), strict=True))]
    whole, notes = True, []
    fault = draw(st.sampled_from(FAULTS))
    if fault:
        whole = fault in ("blank", "tail")
        _spoil(lines, fault, draw(st.integers(1, len(lines) - 1)))
        notes.append(fault)
    always = draw(st.booleans())
    end, text = draw(st.sampled_from(["\n", "\r\n", "\r"])), []
    for line in lines:
        quoted = [
            '"' + cell.replace('"', '""') + '"'
            if always or any(sign in cell for sign in (delimiter, '"', "\n", "\r"))
            else cell
            for cell in line
        ]
        text.append(delimiter.join(quoted))
    if fault == "quote":
        text[-1] = '"' + text[-1]
    if fault == "comment":
        text.insert(0, "# made by a device")
    joined = end.join(text) + end * draw(st.integers(0, 3))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"]))
    try:
        content = joined.encode(encoding)
    except UnicodeEncodeError:
        encoding, content = "utf-8", joined.encode()
    told = draw(st.booleans())
    keys = [f"data.encoding={encoding}"] if told and encoding != "utf-8-sig" else []
    whole = whole and (told or encoding in ("utf-8", "utf-8-sig"))
    if draw(st.integers(0, 4)) == 0:
        return AnyFile(gzip.compress(content), "t.csv.gz", keys, columns, target, whole, notes, delimiter)
    return AnyFile(content, "t.csv", keys, columns, target, whole, notes, delimiter)


def _spoil(lines, fault, row):
    """Do to the lines what people and programs do."""
    width = len(lines[0])
    if fault == "short":
        lines[row] = lines[row][:-1]
    if fault == "long":
        lines[row] = [*lines[row], "1"]
    if fault == "twice":
        lines[0][-1] = lines[0][0]
    if fault == "nameless":
        lines[0][-1] = ""
    if fault == "tail":
        lines[:] = [[*line, "", ""] for line in lines]
    if fault == "total":
        lines.append(["Total", *["99999"] * (width - 1)])
    if fault == "units":
        lines.insert(1, ["kg"] * width)
    if fault == "again":
        lines.insert(row, list(lines[0]))
    if fault == "blank":
        lines += [[""] * width] * 2
    if fault == "question":
        lines[0] = [f"{name}: how often, on average,\nin a week?" for name in lines[0]]
    if fault == "numbers":
        lines[0] = [str(place) for place in range(width)]


@st.composite
def any_keys(draw):
    """Overrides of a study, up to seven of them, of any part that has to do with a table."""
    chosen = draw(st.lists(st.sampled_from(sorted(OPTIONS)), max_size=7, unique=True))
    return [f"{key}={draw(st.sampled_from(OPTIONS[key]))}" for key in chosen]


def check_lines(error: StudyError) -> None:
    """Whatever is refused, is refused in lines for a person."""
    assert error.problems
    for problem in error.problems:
        assert problem.strip()
        assert "\n" not in problem
        assert len(problem) < 2000
