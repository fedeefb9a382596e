"""The answer of a search, in one JSON-safe dictionary: `search.json`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from configs.errors import StudyError
from configs.member import Member
from configs.schema import Study
from configs.search.space import searched as search_of
from configs.search.space import study_at
from evaluation.json_safe import json_safe
from evaluation.judging.catalogue import metric_of, name_of
from evaluation.predictions import Predictions
from evaluation.search.bounds import at_bounds
from evaluation.search.importance import importance
from evaluation.search.objectives import spread_of
from evaluation.search.outer import optimism, outer_score
from evaluation.search.selection import best_setting, have_all
from evaluation.search.setting_table import SettingTable, counted, entries, setting_table, top, winner_entries
from evaluation.search.simplest import ORDER, simplest, within_one_error
from evaluation.search.trial import Trial
from evaluation.search.winners import outer_folds


class Searched(NamedTuple):
    """A search whose predictions are judged.

    Attributes:
        study: with its `search`.
        members: of the fold plan, in its order.
        trials: of `trials.jsonl`.
        metrics: `metrics.json` of the winners' predictions.
        predictions: these.
        columns: number of the table's columns, the most that `inputs.select` keeps; 0 where it is not known.
    """

    study: Study
    members: Sequence[Member]
    trials: Sequence[Trial]
    metrics: Mapping[str, Any]
    predictions: Predictions
    columns: int = 0


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
    falls = metric_of(search.objective.key).falls
    folds = outer_folds(searched.members)
    table = setting_table(searched.study, searched.trials, folds)
    every = entries(table, falls)
    best = best_setting(table.settings, folds, falls)
    outer = outer_score(searched.metrics, searched.predictions, searched.members, folds, search.objective.key)
    won = winner_entries(table, searched.members, search.selection, outer.values, falls)
    inner = np.array([math.nan if one["inner"] is None else one["inner"] for one in won])
    of_best = np.full(len(folds), math.nan) if best is None else table.objectives[table.row(best.number)]
    told = {
        "objective": {
            "metric": search.objective.key,
            "name": name_of(search.objective.key, searched.metrics["task"]),
            "falls": falls,
        },
        "oracle": search.oracle,
        "selection": search.selection,
        "learner": searched.metrics["framework"],
        "space": {key: axis.model_dump(mode="json") for key, axis in search.space.items()},
        "written": table.written,
        "folds": [one["fold"] for one in won],
        "seconds": sum(trial.seconds for trial in searched.trials),
        "optimistic": search.selection == "plain" and outer.where == "out of fold",
        "together": have_all(table.settings, folds),
        "trials": every,
        "best": None if best is None else every[table.row(best.number)],
        "top": top(every, best, falls),
        "winners": won,
        "won": counted(won),
        "inner_of_winners": spread_of(inner)._asdict(),
        "outer": {key: value for key, value in outer._asdict().items() if key not in ("values", "ratio")},
        "optimism": optimism(of_best, outer, falls)._asdict(),
        "optimism_of_winners": optimism(inner, outer, falls)._asdict(),
        "simplest": _simplest(table, best, every, falls),
        "bounds": _bounds(searched, table, best, won),
        "importance": importance([*table.values.values()], table.means, search.space)._asdict(),
    }
    safe: dict[str, Any] = json_safe(told)
    return safe


def _simplest(
    table: SettingTable, best: Trial | None, every: Sequence[dict[str, Any]], falls: bool
) -> dict[str, Any] | None:
    if best is None:
        return None
    within = within_one_error(table.settings, best, table.folds, falls)
    chosen = simplest(within, table.values)
    return {**every[table.row(chosen.number)], "within": [one.number for one in within], "order": ORDER}


def _bounds(
    searched: Searched, table: SettingTable, best: Trial | None, won: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    if best is None:
        return []

    def is_possible(key: str, value: float) -> bool:
        """Whether the best setting with this value is one that the study and the table allow."""
        try:
            study_at(searched.study, {**best.values, key: value})
        except StudyError:
            return False
        return key != "inputs.select" or not searched.columns or value <= searched.columns

    of_winners = [table.values[one["number"]] for one in won if one["number"] is not None]
    space = search_of(searched.study).space
    return [one._asdict() for one in at_bounds(space, table.values[best.number], of_winners, is_possible)]
