"""Notes of a table on how its file was read: delimiter, missing words, rows without a target, positive class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from datamodules.reading.columns.target import Target
from datamodules.reading.names import listed
from datamodules.schema import Source
from datamodules.table import has_numbered_classes

DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "|"}
SHOWN = 5


def delimiter_notes(delimiter: str | None, sources: Sequence[Source]) -> list[str]:
    """A delimiter other than the comma, and how numbers are written if not plainly: one column for each way."""
    notes = []
    if delimiter not in (None, ","):
        notes.append(f"the fields are separated by {DELIMITERS[str(delimiter)]}")
    ways: dict[str, list[str]] = {}
    for source in sources:
        for remark in filter(None, source.remark.split("; ") if source.kind == "numeric" else []):
            ways.setdefault(remark.partition(",")[0], []).append(f"'{source.name}' ({remark.partition(', ')[2]})")
    notes += [f"{way} in {listed(named, SHOWN)}" for way, named in ways.items()]
    return notes


def missing_note(words: Mapping[str, Mapping[str, int]]) -> list[str]:
    """That a word counts as missing in columns of words, where it may be a value: said once for all of them."""
    if not (named := {column: counts for column, counts in words.items() if counts}):
        return []
    total: Counter[str] = Counter()
    for counts in named.values():
        total.update(counts)
    told = ", ".join(f"'{word}' ({count:,} row{'s' if count > 1 else ''})" for word, count in total.most_common(SHOWN))
    columns = listed([f"'{name}'" for name in named], SHOWN)
    return [f"{told} in {columns} counts as missing; if it is a value, data.missing=[] keeps it"]


def class_note(target: Target, task: str) -> list[str]:
    """That whole numbers are taken for classes where `data.task`, `task`, does not say so."""
    if task != "auto" or not has_numbered_classes(target.classes):
        return []
    return [f"{len(target.classes)} whole numbers are taken for classes; if they are amounts, set data.task=regression"]


def positive_note(target: Target) -> list[str]:
    """Which class is the positive one, and why, if the study does not say."""
    if not target.positive:
        return []
    return [f"'{target.classes[1]}' is the positive class, {target.positive}; data.positive changes it"]
