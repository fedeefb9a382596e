"""Loading of a study: YAML file and overrides to a validated `Study`, or an error with every problem."""

import json
import os
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from configs.errors import Notice, StudyError
from configs.files.given_files import unreadable
from configs.files.places import find, folders, is_path
from configs.learners import BASELINES, LEARNERS, absence, offered, trained_by
from configs.loading.problems import close_match, problem_line
from configs.loading.settings import DEFAULT, Settings, name_of
from configs.loading.validation import validated
from configs.loading.yaml_data import dump
from configs.schema import SECTIONS, Study
from configs.search.problems import space_problems
from configs.seats.losses import Loss
from configs.seats.metric_choice import Metric, Monitor, Objective
from configs.seats.schedules import Schedule
from configs.seats.seat import Seat
from configs.sections.data import Data
from configs.sections.model import Model
from configs.sections.optimizer import Optimizer
from configs.types import Section

METRIC_FILES = (
    "loss", "auroc", "average_precision", "f1", "precision", "recall", "specificity", "accuracy", "brier", "rmse",
    "mae", "r2", "balanced_accuracy", "cohen_kappa", "ece", "mape", "matthews_correlation", "median_absolute_error",
    "micro_f1", "micro_precision", "micro_recall", "top_k_accuracy", "weighted_f1", "weighted_precision",
    "weighted_recall",
)  # fmt: skip
FILLED: dict[type[Section], tuple[str, ...]] = {
    Model: ("mlp",),
    Loss: ("cross_entropy", "focal", "huber", "quantile", "squared"),
    Schedule: ("constant", "cosine", "coslog4", "linear", "one_cycle", "step"),
    Optimizer: ("adam", "adamw", "lion", "sgd"),
    Metric: METRIC_FILES,
    Monitor: METRIC_FILES,
    Objective: METRIC_FILES,
}
"""Files whose arguments the editors' schema has, by the section that chooses one of them."""


def load_study(path: str | Path | None = None, overrides: Sequence[str] = (), of_a_run: bool = False) -> Study:
    """Read, override (`folds.splits=5`) and validate a study; `None` is `configs/breast_cancer.yaml`.

    A study that is named after its data set is renamed with it: `data.source=patients.csv` gives `name: patients`.
    A relative path of the data is looked up in `places.folders`, and becomes absolute. `framework: both` becomes the
    one framework whose room exists, with a Notice, if the other room is missing; not if it is `of_a_run` that exists.
    Without their room there are no baselines.

    Raises:
        StudyError: with all problems at once, each with its file and line, or its override.
    """
    settings = Settings.read(DEFAULT if path is None else Path(path))
    before = _name_and_source(settings)
    for override in overrides:
        settings.override(override)
    name, source = _name_and_source(settings)
    if before == (name, name) and isinstance(source, str):
        settings.data["name"] = name_of(source) or name
    _find_data(settings)
    if not of_a_run:
        _offer_learners(settings)
    _offer_baselines(settings, told=not of_a_run)
    study = validated(settings)
    if problems := [] if of_a_run else space_problems(study):
        raise StudyError([problem_line(settings.origin(place), place, text) for place, text in problems])
    return study


def dump_study(study: Study) -> str:
    """Return a study as YAML with every key, which `load_study` reads back equal."""
    return dump(study.model_dump(mode="json"))


def study_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study file, for editors; it has the arguments of `FILLED`, others are not checked.

    `python -m configs > configs/study.schema.json` regenerates the editors' file.
    """
    schema = Study.model_json_schema()
    for section, names in FILLED.items():
        said, seat = schema["$defs"][section.__name__], SECTIONS[section]
        there = [name for name in names if name in seat.known()]
        usual = section.model_fields[seat.form.key].default
        alike: dict[str, list[str]] = {}
        for name in there:
            alike.setdefault(json.dumps(_arguments(seat, name)), []).append(name)
        said["allOf"] = [_closed(said["properties"], seat, same, usual in same) for same in alike.values()]
        said["properties"][seat.form.key]["examples"] = there
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _arguments(seat: Seat, name: str) -> dict[str, Any]:
    """Return the JSON Schema of each argument of a file."""
    properties: dict[str, Any] = seat.arguments_of(name).model_json_schema().get("properties", {})
    return properties


def _closed(own: Iterable[str], seat: Seat, names: list[str], usual: bool) -> dict[str, Any]:
    """Return the rule that a section with one of these names has no arguments but theirs, which are the same.

    It holds of a section without a name, too, if the `usual` one is among them.
    """
    named = {"const": names[0]} if len(names) == 1 else {"enum": names}
    chosen: dict[str, Any] = {"properties": {seat.form.key: named}} | ({} if usual else {"required": [seat.form.key]})
    properties = {other: {} for other in own} | _arguments(seat, names[0])
    return {"if": chosen, "then": {"properties": properties, "additionalProperties": False}}


def _name_and_source(settings: Settings) -> tuple[Any, Any]:
    """Return the unvalidated values of `name` and `data.source`."""
    data = settings.data.get("data", {})
    source = data.get("source", Data().source) if isinstance(data, dict) else None
    return settings.data.get("name", Study.model_fields["name"].default), source


def _find_data(settings: Settings) -> None:
    """Make `data.source` and `data.root` absolute where they are found; a missing file is a problem."""
    data = settings.data.get("data")
    if not isinstance(data, dict):
        return
    for key, is_there in (("source", os.path.lexists), ("root", Path.is_dir)):
        said = data.get(key)
        if not isinstance(said, str) or not said or "\0" in said or (key == "source" and not is_path(said)):
            continue
        origin = settings.origin(("data", key))
        places = folders(settings.path, typed=origin.startswith("override"))
        if found := find(said, places, is_there):
            data[key] = str(found)
            if key == "source" and (cause := _unreadable(found)):
                settings.problems.append(f"{origin}: data.source: {found}: {cause}")
        elif key == "source" and not Path(said).expanduser().is_absolute():
            settings.problems.append(f"{origin}: {_no_file(said, places)}")


def _offer_baselines(settings: Settings, told: bool) -> None:
    """Leave out the baselines if their room is not there, and say so if it is to be `told`."""
    if settings.data.get("baselines") and not BASELINES.is_here():
        settings.data["baselines"] = []
        if told:
            warnings.warn(Notice(f"baselines are left out: {absence(BASELINES.name)}"), stacklevel=2)


def _offer_learners(settings: Settings) -> None:
    """Leave out a learner whose room is not there, and say so; it is a problem if no other is asked for."""
    asked = trained_by(str(settings.data.get("framework", Study.model_fields["framework"].default)))
    missing = [name for name in asked if name not in offered()]
    left = [name for name in asked if name not in missing]
    if missing and not left:
        origin = settings.origin(("framework",))
        place = origin if origin.startswith("override framework") else f"{origin}: framework"
        settings.problems += [f"{place}: {absence(name)}" for name in missing]
    for name in missing if left else []:
        settings.data["framework"] = left[0]
        told = f"there is no {LEARNERS[name].room}/ in this copy, so {left[0]} is trained alone"
        warnings.warn(Notice(f"{name} is left out: {told}"), stacklevel=2)


def _unreadable(path: Path) -> str:
    try:
        return unreadable(path)
    except FileNotFoundError:
        return "is a link to a file that is not there; correct the path"


def _no_file(said: str, places: Sequence[Path]) -> str:
    """Return the message on a relative path without a file, with an existing file of a similar name."""
    beside = sorted({file.name for place in places if place.is_dir() for file in place.iterdir() if file.is_file()})
    meant = close_match(Path(said).name, beside)
    hint = f"; did you mean '{meant}'?" if meant and meant != Path(said).name else "; correct the path"
    return f"data.source: there is no file '{said}'{hint} (looked in {', '.join(map(str, places))})"
