"""All checks of `doctor.py`, in their order, printed as they are made."""

import argparse
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs.learners import BASELINES, Learner
from experiment.rules.resources.devices import driver_gpus
from experiment.training.children import interpreter
from scripts.health import devices, learners, machine, packages
from scripts.health.findings import Finding, as_json, as_lines, exit_code
from scripts.health.probe import probed
from scripts.health.requirements import extras, required

if TYPE_CHECKING:
    from configs.schema import Study


def run_doctor(arguments: argparse.Namespace) -> int:
    """Make every check, print what was found, and return the exit code."""
    found: list[Finding] = []
    for finding in checks(arguments.study, arguments.quick):
        found.append(finding)
        if not arguments.json:
            print("\n".join(as_lines(finding)), flush=True)
    if arguments.json:
        print(as_json(found))
    return exit_code(found)


def checks(words: list[str], quick: bool = False) -> Iterator[Finding]:
    """Every finding, as it comes. `words` are those of a study, for its `output.root`; `quick` trains nothing."""
    stopped = False
    probes = {one.name: _probe(one) for one in learners.learners()}
    study, unreadable = _study(words)
    root = Path(study.output.root) if study else Path("runs")
    for finding in (
        *_environments(probes), *packages.optional(probes[BASELINES.name].get("packages", {})),
        *unreadable, *machine.machine(root), *devices.driver(), *devices.hidden(),
        *(devices.asked(study) if study and words else ()),
    ):  # fmt: skip
        stopped |= finding.stops
        yield finding
    ready = []
    for learner in learners.learners():
        absent = learners.presence(learner, probes[learner.name])
        if absent:
            yield absent
            continue
        ready.append(learner)
        if learner != BASELINES:
            yield devices.of_learner(learner.name, probes[learner.name], len(driver_gpus()))
    if not quick:
        yield from _tried([] if stopped else ready)


def _probe(learner: Learner) -> dict[str, Any]:
    """What the environment of a learner holds; the room of the baselines has no framework to be asked."""
    every = [*required(), *(one for lines in extras().values() for one in lines)]
    room = learner.room if learner != BASELINES and learner.is_here() else ""
    return probed(interpreter(learner.name), room, list(dict.fromkeys(one.name for one in every)))


def _environments(probes: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    """Python and packages of each environment, the main one first; learners may share one."""
    main = probes[BASELINES.name]["python"]
    own: dict[str, list[str]] = {main: []}
    for learner in learners.learners():
        own.setdefault(probes[learner.name]["python"], []).extend(learner.packages)
    holders = {probe["python"]: (name, probe) for name, probe in probes.items()}
    for python, names in own.items():
        name, probe = holders[python]
        label = "python" if python == main else f"{name}'s"
        yield from packages.environment(probe, label, names, python == main)


def _study(words: list[str]) -> tuple["Study | None", list[Finding]]:
    """The study, the default one without `words`; None, and faults, if it cannot be read."""
    try:
        given = import_module("scripts.commands.train").split_arguments(words)
        return import_module("configs.loading.loading").load_study(*given), []
    except Exception as error:  # a package that is missing is reported by its own check
        faults = [Finding("fault", "study", line, "fix the study", stops=True) for line in str(error).splitlines()]
        return None, faults if words and not isinstance(error, ImportError) else []


def _tried(ready: list[Learner]) -> Iterator[Finding]:
    """Ten steps in each learner that is `ready`; that none trains keeps every study from training."""
    results = []
    for learner in ready:
        results.append(learners.ten_steps(learner))
        yield results[-1]
    if not ready:
        yield Finding("warning", "ten steps", "not tried: fix the faults above, then run this again")
    elif all(one.state == "fault" for one in results):
        yield Finding("fault", "ten steps", "no learner trains", "fix the faults above", stops=True)
