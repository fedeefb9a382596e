"""Type of a net's `inputs`: the number of numeric inputs, and the number of levels of each categorical code."""

from __future__ import annotations

from typing import Self

from configs.errors import StudyError
from configs.schema import Study
from configs.seats.nets import takes_codes


class NetInputs(int):
    """Width of a net's inputs `(batch, inputs)`: an ordinary integer that also says what they are.

    The first `numbers` inputs are numbers; then there is a code for each of `levels`: a whole number below that, or -1
    for a level of which nothing was learned. Only a net whose `build` says `inputs: NetInputs` is given codes; for any
    other, everything is a number.
    """

    numbers: int
    levels: tuple[int, ...]

    def __new__(cls, numbers: int, levels: tuple[int, ...] = ()) -> Self:
        """`numbers` and `levels`; the integer is the width of both."""
        made = super().__new__(cls, numbers + len(levels))
        made.numbers, made.levels = int(numbers), tuple(levels)
        return made

    @classmethod
    def of(cls, inputs: int) -> NetInputs:
        """`inputs` themselves, or as many numbers."""
        return inputs if isinstance(inputs, NetInputs) else cls(inputs)


def embedding_width(levels: int) -> int:
    """Numbers that a code of so many levels is embedded in: `min(600, round(1.6 levels^0.56))`, the rule of fastai.

    Howard and Gugger 2020, "fastai: a layered API for deep learning", `emb_sz_rule`.
    """
    return min(600, round(1.6 * levels**0.56))


def embeds(study: Study) -> bool:
    """Whether the study's net is handed codes of categories. Raises StudyError if it has to and cannot."""
    net, cause = study.model.net, ""
    if not takes_codes(net):
        cause = f"net '{net}' takes no codes (its build has no `inputs: NetInputs`)"
    elif study.training.precision == "bf16":
        cause = "training.precision bf16 has no whole numbers above 256"
    if cause and study.inputs.categories == "embedding":
        raise StudyError([f"inputs.categories: is embedding, but {cause}; set it to auto"])
    return not cause
