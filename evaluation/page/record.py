"""What was run: on which data, with which split, how long, and the commands that repeat it."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from evaluation.page.blocks import Block, Code, Facts
from evaluation.page.numbers import count, listed
from evaluation.page.part import Part, Parts, first


class Record(NamedTuple):
    """What the numbers come from: the study as YAML, its data source, `environment.json`, and where the run lies.

    `judged_with` are the overrides that the judging was given, and the study was not; `hints` what is odd about the
    data, and `warnings` those of them that put the result in doubt.
    `disagreement` is what the frameworks' nets were found to answer otherwise with the same weights;
    `label` is the run's own.
    `dropout` says whether the training losses were measured with dropout on.
    """

    study: str
    source: str
    environment: Mapping[str, Any]
    place: str
    judged_with: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    disagreement: str = ""
    label: str = ""
    dropout: bool = False


def summarised(parts: Parts, record: Record) -> str:
    """What kind of study this is, in a few sentences."""
    part = first(parts)
    classes, folds = part.metrics["classes"], len(part.metrics["folds"])
    kinds = {"regression": "Regression", "multiclass": f"Classification of {len(classes)} classes"}
    kind = kinds.get(part.metrics["task"]) or f"Binary classification, {classes[1]} against {classes[0]}"
    told = [count(folds, "fold") if folds > 1 else "One division into train, validation and test"]
    told += [f"{count(number, 'row')} {what}" for what, number in _rows(part) if number]
    trained = f"Trained with {listed(list(parts))}, {_moment(record.environment['time'])}."
    return f"{kind}. {', '.join(told)}. {trained}"


def _rows(part: Part) -> list[tuple[str, int]]:
    roles = (("scored out of fold", "scored"), ("in the test part", "test"))
    return [(what, len(np.unique(part.predictions.of_role(role).row))) for what, role in roles]


def warning_blocks(record: Record) -> list[Facts]:
    """What puts the result itself in doubt; nothing if nothing does."""
    return [Facts([("Before you believe it", record.warnings)])] if record.warnings else []


def record_blocks(parts: Parts, record: Record) -> list[Block]:
    """Where it comes from, how to do it again, and the whole study."""
    ran = record.environment
    versions = ", ".join(f"{name} {version}" for name, version in ran["packages"].items())
    facts: list[tuple[str, Sequence[str]]] = [
        ("Data", [record.source, f"sha256 {ran['data_sha256']}"]),
        ("Split", [f"sha256 {ran['folds_sha256']}"]),
        ("Started", [_moment(ran["time"])]),
        ("Training took", [_took(name, part) for name, part in parts.items()]),
        ("Machine", [f"{ran['processor']}, {count(ran['cores'], 'core')}", ran["platform"]]),
        ("Software", [f"Python {ran['python']}, {versions}", _code(ran)]),
    ]
    if record.hints:
        facts.insert(1, ("Of the data", record.hints))
    if record.judged_with:
        facts.append(("Judged with", [f"{' '.join(record.judged_with)}, and not as the study below says"]))
    again = shlex.join(["python", "scripts/evaluate.py", record.place, *record.judged_with])
    return [
        Facts(facts),
        Code("Repeat the study", shlex.join(["python", *ran["command"]])),
        Code("Judge it again, from its predictions", again),
        Code("The whole study", record.study.rstrip()),
    ]


def _code(ran: Mapping[str, Any]) -> str:
    """The commit, and whether the run has more than that: `commit 1f2e3d, with changes (source.diff)`."""
    unknown = f" ({ran['commit_unknown']})" if ran.get("commit_unknown") else ""
    return f"commit {ran['commit'] or 'unknown'}{unknown}{', with changes (source.diff)' * bool(ran.get('dirty'))}"


def _moment(time: str) -> str:
    """`24 November 2026, 03:07 UTC` of an ISO time."""
    return f"{datetime.fromisoformat(time):%-d %B %Y, %H:%M %Z}"


def _took(name: str, part: Part) -> str:
    timing = part.metrics["timing"]
    work = f"{count(timing['members'], 'model')}, {count(timing['optimizer_steps'], 'step')}"
    return f"{timing['fit_seconds']:.1f} s in {name} ({work})"
