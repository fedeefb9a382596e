"""The code that several runs were made by: whether it is the same, and whether a commit has it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from configs.shown import shown

HEXADECIMAL = re.compile(r"[0-9a-f]{40,64}")


class Code(NamedTuple):
    """What `environment.json` says of the code; two runs with equal ones were made by the same code, if it is `known`.

    Attributes:
        commit: hexadecimal; "" if it is not known.
        dirty: whether there was more than the commit.
        digest: SHA-256 of that; "" if there was nothing, or it is not known.
        unknown: why something is not known; "" if all is.
    """

    commit: str
    dirty: bool = False
    digest: str = ""
    unknown: str = ""

    @property
    def short(self) -> str:
        """`a6376057`, and `+` for what no commit has; `unknown` without a commit."""
        return f"{self.commit[:8]}{'+' * self.dirty}" if self.commit else "unknown"


def code_of(environment: Mapping[str, Any]) -> Code:
    """The code of a run; of one that an older version wrote, the commit and whether there was more."""
    said = str(environment.get("commit") or "")
    commit, dirty = said.removesuffix("-dirty"), bool(environment.get("dirty")) or said.endswith("-dirty")
    if not HEXADECIMAL.fullmatch(commit):
        return Code("", unknown=shown(str(environment.get("commit_unknown") or "environment.json has no commit")))
    digest = str(environment.get("diff_sha256") or "")
    if environment.get("commit_unknown"):
        return Code(commit, unknown=shown(str(environment["commit_unknown"])))
    lost = "an older version kept no diff" if dirty and not HEXADECIMAL.fullmatch(digest) else ""
    return Code(commit, dirty, "" if lost else digest, lost)


def code_warnings(names: Sequence[str], codes: Sequence[Code]) -> Iterator[str]:
    """A line each: whose code no commit has, whose is not known, and who has other code than the rest."""
    dirty = [name for name, code in zip(names, codes, strict=True) if code.dirty]
    if dirty:
        yield f"warning: {', '.join(dirty)}: the code was changed after its commit (+), see the run's source.diff"
    for name, code in zip(names, codes, strict=True):
        if code.unknown:
            yield f"warning: {name}: the code is not known for sure: {code.unknown}"
    groups: dict[Code, list[str]] = {}
    for name, code in zip(names, codes, strict=True):
        groups.setdefault(code, []).append(name)
    if len(groups) > 1:
        told = "; ".join(f"{', '.join(who)} {_named(code, list(groups))}" for code, who in groups.items())
        yield f"warning: code differs: {told}"


def _named(code: Code, every: Sequence[Code]) -> str:
    """The code in short; with the digest of its diff where another one has the same commit and other changes."""
    alike = [other for other in every if other.short == code.short]
    return f"{code.short} (diff {code.digest[:8] or 'unknown'})" if len(alike) > 1 else code.short
