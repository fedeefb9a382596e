"""Settings of trials in full: the value of every searched key, where the trial has it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from configs.schema import Study
from configs.search import Axis
from evaluation.search.trial import Trial

Values = Mapping[str, Any]
Space = Mapping[str, Axis]


def searched_keys(space: Space, trials: Sequence[Trial]) -> list[str]:
    """The keys of the `space`, in its order, then those that only some trial names, as of `enqueue`."""
    return list(dict.fromkeys([*space, *(key for trial in trials for key in trial.values)]))


def written_values(study: Study, keys: Sequence[str]) -> dict[str, Any]:
    """Value of each of the dotted `keys` in the study as written, plain data; None where it has no such key."""
    return {key: _at(study.model_dump(mode="json"), key) for key in keys}


def setting_of(trial: Trial, written: Values, space: Space) -> dict[str, Any]:
    """The value of each key of `written` in a trial, without keys whose `when` does not hold there."""
    known = {**written, **trial.values}
    return {key: value for key, value in known.items() if is_active(key, known, space)}


def is_active(key: str, values: Values, space: Space) -> bool:
    """Whether the conditions of a key hold among `values`, and those of the keys that they name."""
    conditions = space[key].when if key in space else {}
    return all(
        values.get(other) in (wanted if isinstance(wanted, list | tuple) else [wanted])
        and (other == key or is_active(other, values, space))
        for other, wanted in conditions.items()
    )


def merged(trials: Sequence[Trial]) -> list[Trial]:
    """Trials of equal values as one, with the members of all of them; its number is the lowest.

    Where one oracle searches each fold, a setting that several of them proposed has a trial for each. A member that has
    trained in several of them counts once, with its first objective that is not None.
    """
    found: dict[str, list[Trial]] = {}
    for trial in sorted(trials, key=lambda one: one.number):
        found.setdefault(json.dumps(dict(trial.values), sort_keys=True), []).append(trial)
    return [_merge(own) if len(own) > 1 else own[0] for own in found.values()]


def _merge(own: Sequence[Trial]) -> Trial:
    """One trial of several with the same values."""
    entries: dict[int, tuple[float | None, int, int]] = {}
    for trial in own:
        for place, member in enumerate(trial.members):
            if member not in entries or entries[member][0] is None:
                entries[member] = trial.objective[place], trial.best_epoch[place], trial.epochs[place]
    objective, best_epoch, epochs = zip(*(entries[member] for member in sorted(entries)), strict=True)
    done = [trial for trial in own if trial.status == "done"]
    return own[0]._replace(
        members=tuple(sorted(entries)),
        status="done" if done else own[0].status,
        cause="" if done else own[0].cause,
        objective=objective,
        best_epoch=best_epoch,
        epochs=epochs,
        weights=max(trial.weights for trial in own),
        seconds=sum(trial.seconds for trial in own),
    )


def _at(section: Any, key: str) -> Any:
    """The value at a dotted key of nested dictionaries; None without one."""
    for part in key.split("."):
        section = section.get(part) if isinstance(section, Mapping) else None
    return section
