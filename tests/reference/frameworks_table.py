"""The tables of `docs/frameworks.md`: a row is a feature of a framework, and a function that tries it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "frameworks.md"
REWRITE = "REWRITE_FRAMEWORKS"
"""With this variable in the environment the test writes the document that it would compare."""
END = "<!-- end -->"
HEAD = "| feature | what happens | what to do instead |\n|---|---|---|\n"


class Feature(NamedTuple):
    """A stock feature, as a row of the document.

    Attributes:
        name: the feature as its user writes it, e.g. "`Trainer(max_steps=)`".
        outcome: "works", or "refused", or either with ": " and more.
        instead: what to do instead; "" where nothing else is needed.
        try_it: tries the feature in an empty folder, and raises AssertionError if anything else happens than `outcome`.
    """

    name: str
    outcome: str
    instead: str
    try_it: Callable[[Path], None]


def table(features: Sequence[Feature]) -> str:
    """The rows as Markdown, in their order, with a blank line before and after."""
    rows = ("| " + " | ".join(cell.replace("|", "\\|") for cell in feature[:3]) + " |\n" for feature in features)
    return "\n\n" + HEAD + "".join(rows) + "\n"


def assert_documented(features: Sequence[Feature], framework: str) -> None:
    """The document's table between `<!-- framework -->` and the next `<!-- end -->` holds these rows and no other.

    If the environment has `REWRITE_FRAMEWORKS`, that table is written first.
    """
    for name, outcome, instead, _ in features:
        assert outcome.split(":")[0] in ("works", "refused"), name
        assert instead or outcome.startswith("works"), f"{name}: says what is refused, and not what to do instead"
    text = DOCUMENT.read_text()
    before, mark, rest = text.partition(f"<!-- {framework} -->")
    found, end, after = rest.partition(END)
    assert mark, f"{DOCUMENT.name} has no <!-- {framework} -->"
    assert end, f"{DOCUMENT.name} has no {END}"
    if os.environ.get(REWRITE):
        found = table(features)
        DOCUMENT.write_text(before + mark + found + end + after)
    assert found == table(features), f"{DOCUMENT.name} is not what its tests try; set {REWRITE}=1 and run them again"
