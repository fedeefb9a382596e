"""Fonts of the figures: names of classes and columns may be written in any script, and a font has a few of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib
from matplotlib.font_manager import findfont, fontManager
from matplotlib.ft2font import FT2Font

USUAL = "DejaVu Sans"
"""What matplotlib brings along: Latin, Greek, Cyrillic, Arabic and more, but no Chinese, Japanese or Korean."""
NO_FONTS = "Last Resort"
"""Its glyphs are boxes that name a range of characters."""


@contextmanager
def fonts_for(texts: Iterable[str]) -> Iterator[None]:
    """Make the figures that are drawn inside with fonts that have all characters of `texts`, where there are any."""
    with matplotlib.rc_context({"font.family": [USUAL, *families(texts)[0]]}):
        yield


def families(texts: Iterable[str]) -> tuple[list[str], str]:
    """Installed fonts that have what `USUAL` lacks of `texts`, the most helpful first; and what none of them has."""
    missing = frozenset(letter for text in texts for letter in text) - _letters(findfont(USUAL))
    return _families(missing) if missing else ([], "")


@cache
def _families(missing: frozenset[str]) -> tuple[list[str], str]:
    fonts = {font.name: font.fname for font in fontManager.ttflist if not font.name.startswith(NO_FONTS)}
    chosen: list[str] = []
    while missing and fonts:
        best = max(fonts, key=lambda name: len(missing & _letters(fonts[name])))
        found = missing & _letters(fonts.pop(best))
        if not found:
            break
        chosen.append(best)
        missing -= found
    return chosen, "".join(sorted(missing))


@cache
def _letters(file: str) -> frozenset[str]:
    """Characters that the font in a `file` has; none if it cannot be read. Blanks are had by every font."""
    try:
        return frozenset(map(chr, FT2Font(file).get_charmap())) | {" ", "\n", "\t"}
    except (RuntimeError, OSError):
        return frozenset()
