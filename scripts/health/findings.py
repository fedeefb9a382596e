"""Findings of the checks, and how they are printed: 80 columns, or JSON."""

import json
from collections.abc import Sequence
from textwrap import wrap
from typing import Literal, NamedTuple

WIDTH = 80
State = Literal["ok", "warning", "fault"]


class Finding(NamedTuple):
    """One line of the report: the `state` of a `subject`, in words, and the `cure` if it is not ok.

    `stops` is a fault that keeps every study from training.
    """

    state: State
    subject: str
    text: str
    cure: str = ""
    stops: bool = False


def exit_code(findings: Sequence[Finding]) -> int:
    """0 without a fault, 1 with one, 2 if one of them keeps every study from training."""
    if any(finding.stops for finding in findings):
        return 2
    return int(any(finding.state == "fault" for finding in findings))


def as_lines(finding: Finding) -> list[str]:
    """The lines of one finding: state, subject, text, then the cure, wrapped."""
    texts = [f"{finding.state:7}  {finding.subject:12}  ", " " * 9 + f"{'cure':12}  "]
    lines = []
    for head, text in zip(texts, (finding.text, finding.cure), strict=True):
        if text:
            lines += wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)
    return lines


def as_json(findings: Sequence[Finding]) -> str:
    """The exit code and every finding, as one JSON object."""
    listed = [finding._asdict() for finding in findings]
    return json.dumps({"exit_code": exit_code(findings), "findings": listed}, indent=1)
