"""Record of a run on the page: data, split, net, device, seeds, code, and the commands that repeat it."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from datamodules.checks.columns import ColumnFacts
from evaluation.comparing.against_baselines import AgainstBaselines
from evaluation.folds.names import num_folds
from evaluation.folds.over_seeds import seeds_of
from reporting.page.blocks import Block, Code, Facts
from reporting.page.numbers import count, listed
from reporting.page.part import Part, Parts, first, lines_of_each
from reporting.page.sections.search import searched_in_words

MOST_CLASSES = 6
"""Largest number of classes that are listed with their rows."""
MOST_SELECTED = 30
"""Largest number of selected columns that are listed."""
ROLES = {"train": "training", "validation": "validation", "scored": "scored out of fold", "test": "held-out test set"}


class RunFacts(NamedTuple):
    """Facts of a run, from its saved files.

    Attributes:
        rows: rows of the table.
        columns: input columns; None if unknown.
        classes: name -> rows; `{}` in a regression.
        sizes: role (`train`, `validation`, `scored`, `test`) -> the fewest and the most rows of a fold.
        seeds: seeds of the members.
        net: name of the net.
        parameters: framework -> trainable parameters of one network.
        selected: column -> number of networks that use it, most first; `{}` if the study does not select.
    """

    rows: int
    columns: int | None
    classes: Mapping[str, int]
    sizes: Mapping[str, tuple[int, int]]
    seeds: tuple[int, ...]
    net: str
    parameters: Mapping[str, int]
    selected: Mapping[str, int] = {}


class Record(NamedTuple):
    """Provenance of the numbers: the study as YAML, its data source, `environment.json`, and the path of the run.

    `evaluated_with` are overrides of a re-evaluation; `hints` are those about the data. `disagreement` is how the
    frameworks' nets differ with the same weights; `label` is the run's. `facts` are those of the run; `baselines` are
    beside its networks. `columns` are the first of the `column_count` columns of the table; `search` is the
    `search.json` of a search.
    `curves` are the learning curves by framework, with their figures; `{}` of most runs.
    """

    study: str
    source: str
    environment: Mapping[str, Any]
    place: str
    evaluated_with: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    disagreement: str = ""
    label: str = ""
    facts: RunFacts | None = None
    baselines: AgainstBaselines | None = None
    columns: Sequence[ColumnFacts] = ()
    column_count: int = 0
    search: Mapping[str, Any] | None = None
    curves: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    curve_figures: Mapping[str, Figure] = MappingProxyType({})


def summarised(parts: Parts, record: Record) -> str:
    """Summary of the study, in a few sentences."""
    part = first(parts)
    classes, folds, seeds = part.metrics["classes"], num_folds(part.metrics), len(seeds_of(part.metrics["folds"]))
    kinds = {"regression": "Regression", "multiclass": f"Classification of {len(classes)} classes"}
    kind = kinds.get(part.metrics["task"]) or f"Binary classification, {classes[1]} against {classes[0]}"
    table = [_table(record.facts)] if record.facts else []
    told = [count(folds, "fold") if folds > 1 else "One split into train, validation and test"]
    told += [f"{len(part.metrics['folds'])} models of {count(seeds, 'seed')}"] * (seeds > 1)
    told += [f"{count(number, 'row')} {what}" for what, number in _rows(part) if number]
    trained = f"Trained with {listed(list(parts))}, {_moment(record.environment['time'])}."
    search = [searched_in_words(record.search)] if record.search else []
    return " ".join([f"{kind}.", *table, f"{', '.join(told)}.", *search, trained])


def _rows(part: Part) -> list[tuple[str, int]]:
    roles = (("scored out of fold", "scored"), ("in the held-out test set", "test"))
    return [(what, len(np.unique(part.predictions.of_role(role).row))) for what, role in roles]


def _table(facts: RunFacts) -> str:
    """`569 rows, 30 columns (benign 357, malignant 212).`"""
    columns = [] if facts.columns is None else [count(facts.columns, "column")]
    return f"{', '.join([count(facts.rows, 'row'), *columns])}{_classes(facts)}."


def _classes(facts: RunFacts) -> str:
    """Rows of each class, or of many classes the fewest and the most."""
    if not facts.classes:
        return ""
    if len(facts.classes) <= MOST_CLASSES:
        return f" ({', '.join(f'{name} {rows:,}' for name, rows in facts.classes.items())})"
    fewest, most = min(facts.classes.values()), max(facts.classes.values())
    return f" ({len(facts.classes)} classes of {fewest:,} to {most:,} rows)"


def _facts_of(facts: RunFacts, folds: int) -> list[tuple[str, Sequence[str]]]:
    """Rows and columns, the sizes of the parts, the net, and the seeds."""
    sizes = [f"{ROLES[role]} {_size(*ends)}" for role, ends in facts.sizes.items() if ends[1]]
    per = "per fold" if folds > 1 else "rows"
    told: list[tuple[str, Sequence[str]]] = [("Table", [_table(facts)]), (f"Rows {per}", [", ".join(sizes)])]
    if facts.parameters:
        known = {f"{number:,} parameters" for number in facts.parameters.values()}
        each = [f"{name}: {number:,} parameters" for name, number in facts.parameters.items()]
        told.append(("Network", [f"{facts.net}, {one}" for one in (known if len(known) == 1 else each)]))
    if facts.selected:
        told.append(("Selected columns", _selected(facts.selected, folds)))
    return [*told, ("Seeds" if len(facts.seeds) > 1 else "Seed", [listed([str(seed) for seed in facts.seeds])])]


def _selected(selected: Mapping[str, int], networks: int) -> list[str]:
    """How many networks use each column, and how many columns none uses."""
    used = [f"{name}: {number} of {networks}" for name, number in selected.items() if number]
    more = [f"and {len(used) - MOST_SELECTED} more columns"] if len(used) > MOST_SELECTED else []
    unused = [f"{count(len(selected) - len(used), 'column')} in none"] if len(used) < len(selected) else []
    return [*used[:MOST_SELECTED], *more, *unused]


def _size(fewest: int, most: int) -> str:
    return f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"


def record_blocks(parts: Parts, record: Record) -> list[Block]:
    """Provenance of the run, the commands that repeat it, and the whole study."""
    ran = record.environment
    versions = ", ".join(f"{name} {version}" for name, version in ran["packages"].items())
    facts: list[tuple[str, Sequence[str]]] = [
        ("Data", [record.source, f"sha256 {ran['data_sha256']}"]),
        *(_facts_of(record.facts, len(first(parts).metrics["folds"])) if record.facts else []),
        ("Split", [f"sha256 {ran['folds_sha256']}"]),
        ("Started", [_moment(ran["time"])]),
        ("Training took", [_took(name, part) for name, part in parts.items()]),
        *([("Device", devices)] if (devices := lines_of_each(parts, _device)) else []),
        ("Machine", [f"{ran['processor']}, {count(ran['cores'], 'core')}", ran["platform"]]),
        ("Software", [f"Python {ran['python']}, {versions}", _code(ran)]),
    ]
    if record.evaluated_with:
        facts.append(("Evaluated with", [f"{' '.join(record.evaluated_with)}, and not as the study below says"]))
    again = shlex.join(["python", "scripts/evaluate.py", record.place, *record.evaluated_with])
    return [
        Facts(facts),
        Code("Repeat the study", shlex.join(["python", *ran["command"]])),
        Code("Re-evaluate it from its predictions", again),
        Code("The whole study", record.study.rstrip(), folded=True),
    ]


def _code(ran: Mapping[str, Any]) -> str:
    """The commit, and uncommitted changes if there were any: `commit 1f2e3d, with changes (source.diff)`."""
    unknown = f" ({ran['commit_unknown']})" if ran.get("commit_unknown") else ""
    return f"commit {ran['commit'] or 'unknown'}{unknown}{', with changes (source.diff)' * bool(ran.get('dirty'))}"


def _moment(time: str) -> str:
    """`24 November 2026, 03:07 UTC` for an ISO time."""
    return f"{datetime.fromisoformat(time):%-d %B %Y, %H:%M %Z}"


def _device(part: Part) -> str:
    """The training device, `2 x CPU` for several; "" for a run of version 0.1, which has none."""
    timing = part.metrics["timing"]
    several = f"{timing['devices']} x " if timing.get("devices", 1) > 1 else ""
    return f"{several}{timing.get('device', '')}"


def _took(name: str, part: Part) -> str:
    timing = part.metrics["timing"]
    work = f"{count(timing['members'], 'model')}, {count(timing['optimizer_steps'], 'step')}"
    shared = f", the sum over {timing['devices']} devices" if timing.get("devices", 1) > 1 else ""
    return f"{timing['fit_seconds']:.1f} s in {name} ({work}{shared})"
