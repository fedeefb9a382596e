"""Settings of trials in full: the value of every searched key, where the trial has it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from configs.schema import Study
from configs.search.space import Dimension, active, value_at, written_values
from evaluation.search.trial import Trial

Values = Mapping[str, Any]


def as_written(study: Study, space: Sequence[Dimension], trials: Sequence[Trial]) -> dict[str, Any]:
    """Value of each searched key in the study as written; None where it has no such key.

    First the keys of the `space`, in its order and its words; then those that only some trial has, as the epochs of
    Hyperband, plain data.
    """
    known = written_values(study, space)
    more = dict.fromkeys(key for trial in trials for key in trial.values if key not in known)
    return known | {key: value_at(study, key) for key in more}


def setting_of(trial: Trial, written: Values, space: Sequence[Dimension]) -> dict[str, Any]:
    """The value of each key of `written` in a trial, without searched keys whose conditions do not hold there."""
    known = {**written, **trial.values}
    kept, searched = active(space, known), {dimension.key for dimension in space}
    return {key: value for key, value in known.items() if key in kept or key not in searched}


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
