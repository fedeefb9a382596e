"""Code version of several runs: whether it is the same, and whether it is committed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from configs.shown import shown

HEXADECIMAL = re.compile(r"[0-9a-f]{40,64}")


class Code(NamedTuple):
    """Code version in `environment.json`; runs with equal ones have the same code, if it is `known`.

    Attributes:
        commit: hexadecimal; "" if it is unknown.
        dirty: whether there were uncommitted changes.
        digest: SHA-256 of those; "" if there were none, or they are unknown.
        unknown: reason why a field is unknown; "" if none is.
    """

    commit: str
    dirty: bool = False
    digest: str = ""
    unknown: str = ""

    @property
    def short(self) -> str:
        """`a6376057`, and `+` for uncommitted changes; `unknown` without a commit."""
        return f"{self.commit[:8]}{'+' * self.dirty}" if self.commit else "unknown"


def code_of(environment: Mapping[str, Any]) -> Code:
    """Code version of a run; of one by an older version, the commit and whether there were uncommitted changes."""
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
    """A line each on runs with uncommitted code, with unknown code, and with other code than the rest."""
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
    """The short code version, with the digest of its diff where another run has the same commit and other changes."""
    alike = [other for other in every if other.short == code.short]
    return f"{code.short} (diff {code.digest[:8] or 'unknown'})" if len(alike) > 1 else code.short
