"""The numbers inside docs/performance.md, between markers, from the results that are kept."""

import re
from importlib import import_module

from benchmarks import results
from configs.files.atomic import write_text
from configs.files.places import PROJECT

PAGE = PROJECT / "docs" / "performance.md"
BLOCK = re.compile(r"<!-- benchmark: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def rewrite() -> str:
    """Put the newest numbers into the page; return what was done."""
    text = PAGE.read_text()
    write_text(PAGE, BLOCK.sub(lambda found: block(found[1]), text))
    return f"{PAGE.relative_to(PROJECT)}: {len(BLOCK.findall(text))} tables"


def block(name: str) -> str:
    """The table of one benchmark with its markers, and what it was measured on."""
    kept = results.load(name)
    if kept is None:
        inside = f"Not measured yet: `python -m benchmarks {name}`."
    else:
        inside = f"{markdown(import_module(f'benchmarks.measures.{name}').table(kept.values))}\n\n{origin(kept)}"
    return f"<!-- benchmark: {name} -->\n{inside}\n<!-- end -->"


def origin(kept: results.Result) -> str:
    """Date, commit, machine and versions of a result, in one line."""
    packages = ", ".join(f"{name} {kept.packages[name]}" for name in ("torch", "tensorflow-cpu", "tensorflow", "keras")
                         if name in kept.packages)  # fmt: skip
    commit = (kept.commit or "unknown")[:10] + ("-dirty" if (kept.commit or "").endswith("-dirty") else "")
    busy = "" if kept.busy is None else f", {kept.busy:.0%} busy before"
    place = f"{kept.processor}, {kept.cores} cores{busy}"
    return f"{kept.date:%Y-%m-%d}, commit {commit}, {place}; {packages}; {kept.repeats} repetitions."


def markdown(rows: list[list[str]]) -> str:
    """A table whose first row is its header; the first column is aligned left, the others right."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    rule = "|" + "|".join(["---", *["---:"] * (len(rows[0]) - 1)]) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
