"""Rasterised figures for TensorBoard, small and fast to draw: they are most of the time of its event files."""

import io
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from reporting.board.events import Png

SETTINGS: dict[Any, Any] = {"text.hinting": "none"}
"""Text without hinting takes half the time."""


def picture(figure: Figure) -> Png:
    """`figure` in 256 colours, which are enough for a plot and take a third of the bytes; on pure white.

    The palette is an octree: the best one, of a median cut, takes ten times as long to find as to use.
    """
    with matplotlib.rc_context(SETTINGS):
        figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]  # Agg's, by canvas.blank
    few = Image.fromarray(pixels[:, :, :3]).quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    palette[np.asarray(few)[0, 0]] = pixels[0, 0, :3]  # quantization leaves it only nearly white
    few.putpalette(palette.tobytes())
    content = io.BytesIO()
    few.save(content, "PNG")
    return Png(content.getvalue(), *few.size)
