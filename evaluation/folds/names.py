"""Display names of folds: in event files, figures and tables."""

from collections.abc import Iterable, Mapping, Sequence

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
