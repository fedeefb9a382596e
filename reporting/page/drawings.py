"""Figures as inline SVG of a page: colours by CSS variables, text as text, elements with their fold's name."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

from reporting.canvas import BLUE, GREEN, GREY, INK, PALE, PURPLE, TITLE, VERMILION
from reporting.page.paths import shorter

COLOURS = {
    BLUE: "blue", PURPLE: "purple", GREEN: "green", VERMILION: "vermilion", INK: "ink", GREY: "grey", PALE: "pale",
    "#FFFFFF": "paper",
}  # fmt: skip
"""Colours of `canvas.py` -> variables of `style.css`, which have other values in dark mode."""
LETTERS = {"vermilion": "alarm", "grey": "soft"}
"""Colours that are too light for text -> darker ones."""
SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "twinfold"}
WIDTH = 4.7
"""Inches, so that text is as large as that of the page, on a phone and on a wide screen."""
WIDE = 8.0
"""Inches of a wide figure."""
MARGIN = 0.04
"""Inches around the figure."""
REFERENCE = re.compile(r"#([pm][0-9a-f]{10})\b")
FONT = re.compile(r"font-family: [^;\"]*;? ?")
LONG_DECIMALS = re.compile(r"(\.\d)\d+")


def inline_svg(figure: Figure, label: str, prefix: str, most: float = WIDTH) -> str:
    """The figure as an `<svg>` for an HTML page; it stays as it is.

    Titles are left out, since the page has its own. Elements of a fold (`canvas.fold_gid`) have `data-fold`.

    Args:
        label: text alternative, for screen readers.
        prefix: prefix of its ids, unique on the page.
        most: largest width in inches; a wider figure is made narrower.
    """
    file = io.StringIO()
    with matplotlib.rc_context(SETTINGS), fitted(figure, most):
        # Where places are fixed, they are known without drawing the figure twice, as "tight" does.
        box = "tight" if figure.get_layout_engine() else figure.get_tightbbox().padded(MARGIN)
        figure.savefig(file, format="svg", bbox_inches=box, pad_inches=MARGIN, metadata={"Date": None})
    root = ElementTree.fromstring(file.getvalue())
    _strip(root)
    for element in root.iter():
        _adapt(element, prefix)
    for element in root.iter("g"):
        _say_once(element)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


@contextmanager
def fitted(figure: Figure, most: float) -> Iterator[None]:
    """Inside, the figure has no titles, and is at most `most` inches wide."""
    width, height = (float(side) for side in figure.get_size_inches())
    titles = [one for axes in figure.axes for one in axes.get_children() if one.get_gid() == TITLE]
    less = max(width - most, 0.0)
    figure.set_size_inches(width - less, height - less * (figure.axes[0].get_aspect() == 1))
    for title in titles:
        title.set_visible(False)
    try:
        yield
    finally:
        figure.set_size_inches(width, height)
        for title in titles:
            title.set_visible(True)


def _strip(root: ElementTree.Element) -> None:
    """Drop the metadata, its style sheet and the background."""
    for child in list(root):
        if child.tag.endswith("}metadata") or any(one.tag.endswith("}style") for one in child):
            root.remove(child)
    figure = next(child for child in root if child.get("id") == "figure_1")
    figure.remove(next(child for child in figure if child.get("id") == "patch_1"))


def _adapt(element: ElementTree.Element, prefix: str) -> None:
    """Strip namespaces, prefix ids, apply the page's colours and font, round coordinates to a tenth of a point."""
    element.tag = element.tag.rpartition("}")[2]
    kept = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    name = kept.pop("id", "")
    if name.startswith("fold:"):
        kept["data-fold"] = name.split(":")[1]
    elif element.tag in ("path", "clipPath") and name:
        kept["id"] = f"{prefix}-{name}"
    for key in kept.keys() & {"href", "clip-path"}:
        kept[key] = REFERENCE.sub(rf"#{prefix}-\1", kept[key])
    for key in kept.keys() & {"d", "x", "y", "transform"}:
        kept[key] = LONG_DECIMALS.sub(r"\1", " ".join(kept[key].split()))
    if "d" in kept:
        kept["d"] = shorter(kept["d"])
    if "style" in kept:
        kept["style"] = _themed(FONT.sub("", kept["style"]), LETTERS if element.tag == "text" else {})
    element.attrib = kept
    if not (element.text or "").strip():
        element.text = None
    element.tail = None


def _say_once(group: ElementTree.Element) -> None:
    """Move the common style of a cloud's dots to their group."""
    styles = {child.get("style", "") for child in group if child.tag == "use"}
    if len(group) > 1 and len(styles) == 1 and all(child.tag == "use" for child in group):
        group.set("style", styles.pop())
        for child in group:
            child.attrib.pop("style", None)


def _themed(style: str, instead: Mapping[str, str]) -> str:
    for colour, name in COLOURS.items():
        style = style.replace(colour.lower(), f"var(--{instead.get(name, name)})")
    return style.replace("#000000", "var(--ink)")
