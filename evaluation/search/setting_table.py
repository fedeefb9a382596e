"""Settings of a search beside their objectives, and the entries of `search.json` that come of them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from configs.member import Member
from configs.schema import Study
from configs.search.space import dimensions
from evaluation.folds.names import fold_names
from evaluation.json_safe import json_safe
from evaluation.search.objectives import Floats, Folds, fold_objectives, spread_of
from evaluation.search.selection import level_means
from evaluation.search.settings import as_written, merged, setting_of
from evaluation.search.trial import Trial
from evaluation.search.winners import winners

TOP = 5
"""Number of settings in `top`."""


class SettingTable(NamedTuple):
    """The settings of a search by number, all trials of the same values as one.

    Attributes:
        settings: each as one trial.
        written: key -> value of the study as written.
        values: number -> key -> value, see `settings.setting_of`.
        objectives: `(settings, folds)`, see `objectives.fold_objectives`.
        means: `(settings,)`, see `selection.level_means`.
        folds: for each fold the places of its members.
    """

    settings: list[Trial]
    written: dict[str, Any]
    values: dict[int, dict[str, Any]]
    objectives: Floats
    means: Floats
    folds: Folds

    def row(self, number: int) -> int:
        """The place of the setting of a number."""
        return next(row for row, trial in enumerate(self.settings) if trial.number == number)


def setting_table(study: Study, trials: Sequence[Trial], folds: Folds) -> SettingTable:
    """The settings of the `trials` of a study with a `search`."""
    space, settings = dimensions(study), sorted(merged(trials), key=lambda one: one.number)
    written = as_written(study, space, settings)
    values = {one.number: setting_of(one, written, space) for one in settings}
    objectives, means = fold_objectives(settings, folds), level_means(settings, folds)
    return SettingTable(settings, written, values, objectives, means, folds)


def entries(table: SettingTable, falls: bool) -> list[dict[str, Any]]:
    """The `trials` of the answer, see `answer.search_answer`."""
    better = np.fmin if falls else np.fmax
    so_far = better.accumulate(table.means) if len(table.means) else table.means
    found = []
    for trial, row, value, best in zip(table.settings, table.objectives, table.means, so_far, strict=True):
        found.append(
            {
                "number": trial.number,
                "values": table.values[trial.number],
                "changes": dict(trial.values),
                "status": trial.status,
                "cause": trial.cause,
                **spread_of(row)._asdict(),
                "value": float(value),
                "best_so_far": float(best),
                "weights": trial.weights,
                "epochs": float(np.mean(trial.epochs)) if trial.epochs else math.nan,
                "seconds": trial.seconds,
            }
        )
    return found


def winner_entries(
    table: SettingTable, members: Sequence[Member], selection: str, outer: Floats, falls: bool
) -> list[dict[str, Any]]:
    """The `winners` of the answer: that of each fold, with its inner and its `outer` value `(folds,)`; nan is None."""
    numbers = winners(table.settings, members, selection, falls)
    names = fold_names((0, member.repeat, member.fold) for member in members)
    found = []
    for column, places in enumerate(table.folds):
        number, member = numbers[places[0]], members[places[0]]
        inner = math.nan if number is None else float(table.objectives[table.row(number), column])
        name = names[0, member.repeat, member.fold]
        found.append({"fold": name, "number": number, "inner": inner, "outer": float(outer[column])})
    safe: list[dict[str, Any]] = json_safe(found)
    return safe


def counted(won: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How many folds each setting won, the most first; `won` are `winner_entries`."""
    numbers = [one["number"] for one in won if one["number"] is not None]
    counts = {number: numbers.count(number) for number in sorted(set(numbers))}
    return [{"number": number, "folds": times} for number, times in sorted(counts.items(), key=lambda one: -one[1])]


def top(every: Sequence[Mapping[str, Any]], best: Trial | None, falls: bool) -> list[int]:
    """Numbers of the best settings, `best` first; `every` are `entries`."""
    known = [one for one in every if math.isfinite(one["value"]) and (best is None or one["number"] != best.number)]
    ordered = sorted(known, key=lambda one: (one["value"] if falls else -one["value"], one["number"]))
    return ([] if best is None else [best.number]) + [one["number"] for one in ordered][: TOP - (best is not None)]
