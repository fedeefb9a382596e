"""What a fold is called wherever it is shown: its event files, its line in a figure, its row in a table."""

from collections.abc import Iterable, Mapping, Sequence

FIELDS = ("seed", "repeat", "fold", "trial")

Names = Mapping[tuple[int, ...], str]


def fold_names(members: Iterable[Sequence[int]]) -> dict[tuple[int, ...], str]:
    """Key of each member, (seed, repeat, fold) or with a trial behind, -> `fold_03`.

    Repeat, seed and trial are said where the study has several, so give all of its members: `fold_03_repeat_01`.
    """
    keys = [tuple(member) for member in members]
    values = {field: {key[place] for key in keys} for place, field in enumerate(FIELDS[: len(keys[0]) if keys else 0])}
    told = ["fold", *(field for field in ("repeat", "seed", "trial") if len(values.get(field, ())) > 1)]
    return {key: "_".join(f"{field}_{key[FIELDS.index(field)]:02d}" for field in told) for key in keys}
