"""Display names of folds: in event files, figures and tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluation.keys import key_of

FIELDS = ("seed", "repeat", "fold", "trial")

Names = Mapping[tuple[int, ...], str]


def fold_names(members: Iterable[Sequence[int]]) -> dict[tuple[int, ...], str]:
    """Key of each member, (seed, repeat, fold) or (seed, repeat, fold, trial), -> `fold_03`.

    The name has repeat, seed and trial where the study has several, so pass all of its members: `fold_03_repeat_01`.
    """
    keys = [tuple(member) for member in members]
    values = {field: {key[place] for key in keys} for place, field in enumerate(FIELDS[: len(keys[0]) if keys else 0])}
    told = ["fold", *(field for field in ("repeat", "seed", "trial") if len(values.get(field, ())) > 1)]
    return {key: "_".join(f"{field}_{key[FIELDS.index(field)]:02d}" for field in told) for key in keys}


def names_of(metrics: Mapping[str, Any]) -> dict[tuple[int, ...], str]:
    """Names of all members of a `metrics.json`, then of its folds where they have several seeds; see `keys.place_of`.

    A fold, (repeat, fold), is `fold_03`, its members, (seed, repeat, fold), are `fold_03_seed_00` and so on.
    """
    members = fold_names(key_of(fold) for fold in metrics["folds"])
    if not has_seeds(metrics):
        return members
    return members | {key[1:]: name for key, name in fold_names((0, *key[1:]) for key in members).items()}


def has_seeds(metrics: Mapping[str, Any]) -> bool:
    """Whether the folds of a `metrics.json` have several seeds."""
    return len({fold["seed"] for fold in metrics["folds"]}) > 1


def unit(metrics: Mapping[str, Any]) -> str:
    """What the entries of `folds` in a `metrics.json` are called, see `unit_of`."""
    return unit_of(fold["seed"] for fold in metrics["folds"])


def unit_of(seeds: Iterable[int]) -> str:
    """What members with these `seeds` are called: `fold`, or `model` where a fold has several of them."""
    return "model" if len(set(seeds)) > 1 else "fold"


def num_folds(metrics: Mapping[str, Any]) -> int:
    """Number of folds of a `metrics.json`, of all repeats, however many seeds each has."""
    return len({(fold["repeat"], fold["fold"]) for fold in metrics["folds"]})
