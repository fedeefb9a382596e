"""Figures take a font that has the letters of a label; where there is none, that is known."""

import warnings

from matplotlib.backends.backend_agg import FigureCanvasAgg

from reporting.canvas import square
from reporting.fonts import families, fonts_for

CIRCLED = "\N{CIRCLED LATIN CAPITAL LETTER A}"  # in STIXGeneral, which matplotlib brings along, and not in DejaVu Sans
NOWHERE = "\U0010fffd"  # private use


def test_a_font_is_found_for_what_the_usual_one_lacks():
    assert families(["malignant", "\N{GREEK SMALL LETTER ALPHA}"]) == ([], "")
    fonts, missing = families([f"stage {CIRCLED}", NOWHERE])
    assert (fonts[0], missing) == ("STIXGeneral", NOWHERE)


def test_a_label_is_drawn_without_a_warning_of_a_missing_glyph():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fonts_for([CIRCLED]):
            figure, _ = square(f"stage {CIRCLED}", "x", "y")
        FigureCanvasAgg(figure).draw()
