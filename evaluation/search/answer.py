"""The answer of a search, in one JSON-safe dictionary: `search.json`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from configs.member import Member
from configs.schema import Study
from configs.search.space import dimensions
from configs.search.space import searched as search_of
from evaluation.folds.names import fold_names
from evaluation.json_safe import json_safe
from evaluation.judging.catalogue import metric_of
from evaluation.judging.names import name_of
from evaluation.predictions import Predictions
from evaluation.search.bounds import at_bounds
from evaluation.search.importance import importance
from evaluation.search.objectives import Floats, Folds, fold_objectives, spread_of
from evaluation.search.outer import Outer, optimism, outer_score
from evaluation.search.selection import best_setting, have_all, level_means
from evaluation.search.settings import merged, searched_keys, setting_of, written_values
from evaluation.search.simplest import ORDER, simplest, within_one_error
from evaluation.search.trial import Trial
from evaluation.search.winners import outer_folds, winners

TOP = 5
"""Number of settings in `top`."""


class Searched(NamedTuple):
    """A search whose predictions are judged.

    Attributes:
        study: with its `search`.
        members: of the fold plan, in its order.
        trials: of `trials.jsonl`.
        metrics: `metrics.json` of the winners' predictions.
        predictions: these.
    """

    study: Study
    members: Sequence[Member]
    trials: Sequence[Trial]
    metrics: Mapping[str, Any]
    predictions: Predictions


class _Known(NamedTuple):
    """The settings of a search, and their objectives `(settings, folds)`."""

    settings: list[Trial]
    written: dict[str, Any]
    values: dict[int, dict[str, Any]]
    table: Floats
    means: Floats
    folds: Folds


def search_answer(searched: Searched) -> dict[str, Any]:
    """Everything that is reported of a search; nan becomes null. A setting is all trials of the same values.

    * `objective` (`metric`, `name`, `falls`), `oracle`, `selection`, `learner`, `space` (key -> its axis), `written`
      (key -> value of the study as written), `folds` (their names), `seconds`, `optimistic` (whether `outer` is, as
      that of `selection: plain`), `together` (whether all settings were given all folds).
    * `trials`: one entry for each setting, by number: `number`, `values` (with those of the study as written, without
      keys whose condition does not hold), `changes`, `status`, `cause`, `mean`, `error` (standard error over the
      folds), `folds` (their number), `value` (see `selection.level_means`), `best_so_far` of these, `weights`,
      `epochs`, `seconds`.
    * `best`: the entry of the best setting, see `selection.best_setting`; null if every trial failed. `top`: the
      numbers of the best five, it first.
    * `winners`: for each fold its name, the `number` of its winner, `inner` and `outer` value; `won`: how often each
      setting won, the most first; `inner_of_winners`: the mean of their inner values.
    * `outer`: `where`, `mean`, `std`, `low`, `high`: the score of the procedure, see `outer.outer_score`.
    * `optimism` of `best`, and `optimism_of_winners`: `difference`, `low`, `high`, `folds`, see `outer.optimism`.
    * `simplest`: the entry of the simplest setting within one standard error of the best, `within` (numbers of all
      settings that are), and `order`.
    * `bounds`: keys whose best value lies on a bound, see `bounds.AtBound`.
    * `importance`: see `importance.Importance`.
    """
    search = search_of(searched.study)
    falls, members = metric_of(search.objective).falls, searched.members
    folds = outer_folds(members)
    known = _known(searched, folds)
    entries = _entries(known, falls)
    best = best_setting(known.settings, folds, falls)
    outer = outer_score(searched.metrics, searched.predictions, members, folds, search.objective)
    won = _winners(searched, known, outer, falls)
    inner = np.array([math.nan if one["inner"] is None else one["inner"] for one in won])
    of_best = np.full(len(folds), math.nan) if best is None else known.table[_row(known, best.number)]
    settings = [known.values[one.number] for one in known.settings]
    answer: dict[str, Any] = {
        "objective": {
            "metric": search.objective,
            "name": name_of(search.objective, searched.metrics["task"]),
            "falls": falls,
        },
        "oracle": search.oracle,
        "selection": search.selection,
        "learner": searched.metrics["framework"],
        "space": {key: axis.model_dump(mode="json") for key, axis in search.space.items()},
        "written": known.written,
        "folds": [one["fold"] for one in won],
        "seconds": sum(trial.seconds for trial in searched.trials),
        "optimistic": search.selection == "plain" and outer.where == "out of fold",
        "together": have_all(known.settings, folds),
        "trials": entries,
        "best": None if best is None else entries[_row(known, best.number)],
        "top": _top(entries, best, falls),
        "winners": won,
        "won": _counted(won),
        "inner_of_winners": spread_of(inner)._asdict(),
        "outer": {key: value for key, value in outer._asdict().items() if key not in ("values", "ratio")},
        "optimism": optimism(of_best, outer, falls)._asdict(),
        "optimism_of_winners": optimism(inner, outer, falls)._asdict(),
        "simplest": _simplest(known, best, entries, falls),
        "bounds": [],
        "importance": importance(settings, known.means, search.space)._asdict(),
    }
    if best is not None:
        of_winners = [known.values[one["number"]] for one in won if one["number"] is not None]
        answer["bounds"] = [one._asdict() for one in at_bounds(search.space, known.values[best.number], of_winners)]
    safe: dict[str, Any] = json_safe(answer)
    return safe


def _known(searched: Searched, folds: Folds) -> _Known:
    space, settings = dimensions(searched.study), sorted(merged(searched.trials), key=lambda one: one.number)
    written = written_values(searched.study, searched_keys(space, settings))
    values = {one.number: setting_of(one, written, space) for one in settings}
    return _Known(settings, written, values, fold_objectives(settings, folds), level_means(settings, folds), folds)


def _entries(known: _Known, falls: bool) -> list[dict[str, Any]]:
    """The `trials` of the answer."""
    better = np.fmin if falls else np.fmax
    so_far = better.accumulate(known.means) if len(known.means) else known.means
    entries = []
    for trial, row, value, best in zip(known.settings, known.table, known.means, so_far, strict=True):
        spread = spread_of(row)
        entries.append(
            {
                "number": trial.number,
                "values": known.values[trial.number],
                "changes": dict(trial.values),
                "status": trial.status,
                "cause": trial.cause,
                **spread._asdict(),
                "value": float(value),
                "best_so_far": float(best),
                "weights": trial.weights,
                "epochs": float(np.mean(trial.epochs)) if trial.epochs else math.nan,
                "seconds": trial.seconds,
            }
        )
    return entries


def _winners(searched: Searched, known: _Known, outer: Outer, falls: bool) -> list[dict[str, Any]]:
    """The winner of each fold, with its inner and outer value."""
    numbers = winners(known.settings, searched.members, search_of(searched.study).selection, falls)
    names = fold_names((0, member.repeat, member.fold) for member in searched.members)
    found = []
    for column, places in enumerate(known.folds):
        number, member = numbers[places[0]], searched.members[places[0]]
        inner = math.nan if number is None else float(known.table[_row(known, number), column])
        name = names[0, member.repeat, member.fold]
        found.append({"fold": name, "number": number, "inner": inner, "outer": float(outer.values[column])})
    safe: list[dict[str, Any]] = json_safe(found)
    return safe


def _counted(won: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How many folds each setting won, the most first."""
    numbers = [one["number"] for one in won if one["number"] is not None]
    counts = {number: numbers.count(number) for number in sorted(set(numbers))}
    return [{"number": number, "folds": times} for number, times in sorted(counts.items(), key=lambda one: -one[1])]


def _top(entries: Sequence[Mapping[str, Any]], best: Trial | None, falls: bool) -> list[int]:
    """Numbers of the best settings, `best` first."""
    known = [one for one in entries if math.isfinite(one["value"]) and (best is None or one["number"] != best.number)]
    ordered = sorted(known, key=lambda one: (one["value"] if falls else -one["value"], one["number"]))
    return ([] if best is None else [best.number]) + [one["number"] for one in ordered][: TOP - (best is not None)]


def _simplest(known: _Known, best: Trial | None, entries: Sequence[Any], falls: bool) -> dict[str, Any] | None:
    if best is None:
        return None
    within = within_one_error(known.settings, best, known.folds, falls)
    chosen = simplest(within, known.values)
    return {**entries[_row(known, chosen.number)], "within": [one.number for one in within], "order": ORDER}


def _row(known: _Known, number: int) -> int:
    """The place of a setting."""
    return next(row for row, trial in enumerate(known.settings) if trial.number == number)
