"""Font fallback of the figures, since class and column names may be in any script."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib
from matplotlib.font_manager import findfont, fontManager
from matplotlib.ft2font import FT2Font

USUAL = "DejaVu Sans"
"""matplotlib's bundled font: Latin, Greek, Cyrillic, Arabic and more, but no Chinese, Japanese or Korean."""
NO_FONTS = "Last Resort"
"""A font of placeholders: its glyphs are boxes that name a range of characters."""


@contextmanager
def fonts_for(texts: Iterable[str]) -> Iterator[None]:
    """Draw figures inside with fonts that have all characters of `texts`, where such fonts are installed."""
    with matplotlib.rc_context({"font.family": [USUAL, *families(texts)[0]]}):
        yield


def families(texts: Iterable[str]) -> tuple[list[str], str]:
    """Installed fonts for characters of `texts` that `USUAL` lacks, the one with most first; and characters in none."""
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
    """Characters of the font in a `file`; none if it cannot be read. Blanks count for every font."""
    try:
        return frozenset(map(chr, FT2Font(file).get_charmap())) | {" ", "\n", "\t"}
    except (RuntimeError, OSError):
        return frozenset()
