"""The numbers inside docs/performance.md and docs/scale.md, between markers, from the results that are kept."""

import re
from importlib import import_module

from benchmarks import results
from configs.files.atomic import write_text
from configs.files.places import PROJECT

PAGES = tuple(PROJECT / "docs" / name for name in ("performance.md", "scale.md"))
ESTIMATES = {"estimate": "search"}
"""Tables of another name than the benchmark from whose numbers they are computed, by a function of that name."""
BLOCK = re.compile(r"<!-- benchmark: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def rewrite() -> str:
    """Put the newest numbers into the pages; return what was done, a line for each."""
    done = []
    for page in PAGES:
        text = page.read_text()
        write_text(page, BLOCK.sub(lambda found: block(found[1]), text))
        done.append(f"{page.relative_to(PROJECT)}: {len(BLOCK.findall(text))} tables")
    return "\n".join(done)


def block(name: str) -> str:
    """The table of one benchmark, or an estimate from it, with its markers, and what it was measured on."""
    source = ESTIMATES.get(name, name)
    kept = results.load(source)
    if kept is None:
        inside = f"Not measured yet: `python -m benchmarks {source}`."
    else:
        rows = getattr(import_module(f"benchmarks.measures.{source}"), name if name in ESTIMATES else "table")
        inside = f"{markdown(rows(kept.values))}\n\n{origin(kept)}"
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
