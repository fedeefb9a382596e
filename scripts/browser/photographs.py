"""Screenshots of a run in a real browser, for the README."""

import io
import json
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image
from selenium.webdriver import Chrome

from reporting.board import tags
from scripts.browser.chromium import emulate, find_all, open_browser, resize, wait_until
from scripts.browser.served import tensorboard

SCALE = 1.6
BOARD, PAGE = (1400, 832), (1200, 1000)
SCALARS = ("loss/train", "loss/validation", "metric/auroc/validation")
IMAGES = ((tags.ROC, "lightning"), (tags.ROC, "tensorflow"), (tags.CONFUSION_MATRIX, "tensorflow"))
PINNED = "metrics-pinned-view card-view"
# Without the table below each chart and without the pane of settings there is room for the charts.
IN_THE_WAY = (".scalars-step-selector input", ".settings-button")


def photograph_tensorboard(run: Path, picture: Path) -> None:
    """Write TensorBoard's first page with a few cards pinned: curves of all folds, then figures of the study."""
    with tensorboard(run) as address, open_browser() as browser:
        resize(browser, *BOARD, SCALE)
        browser.get(f"{address}/?{urlencode(_pinned())}#timeseries")
        for selector in IN_THE_WAY:
            button = wait_until(browser, partial(find_all, browser, selector), f"no {selector}")[0]
            browser.execute_script("arguments[0].click()", button)
        wait_until(browser, lambda: _cards_are_drawn(browser), "TensorBoard's cards do not come")
        _save(_still(browser), picture)


def photograph_report(run: Path, picture: Path) -> None:
    """Write the run's page up to its first section, the headline results."""
    with open_browser() as browser:
        emulate(browser, "light")
        resize(browser, *PAGE, SCALE)
        browser.get((run / "report.html").resolve().as_uri())
        end = browser.execute_script("return document.querySelector('section').getBoundingClientRect().bottom")
        resize(browser, PAGE[0], int(end) - 1, SCALE)
        _save(_still(browser), picture)


def _pinned() -> dict[str, str]:
    cards: list[dict[str, Any]] = [{"plugin": "scalars", "tag": tag} for tag in SCALARS]
    for tag, framework in IMAGES:
        run = f"defaultExperimentId/{framework}"
        cards.append({"plugin": "images", "tag": tags.plot(tag), "runId": run, "sample": 0})
    return {"darkMode": "false", "smoothing": "0", "pinnedCards": json.dumps(cards)}


def _cards_are_drawn(browser: Chrome) -> bool:
    images = find_all(browser, f"{PINNED} img")
    drawn = [image for image in images if image.get_property("naturalWidth")]
    charts = find_all(browser, f"{PINNED} line-chart")
    return (len(charts), len(drawn)) == (len(SCALARS), len(IMAGES)) and not find_all(browser, "mat-spinner")


def _still(browser: Chrome) -> bytes:
    """PNG of the page, once two in a row are equal."""
    taken = [b""]

    def unchanged() -> bool:
        taken.append(browser.get_screenshot_as_png())
        return taken[-1] == taken[-2]

    wait_until(browser, unchanged, "the page does not come to rest")
    return taken[-1]


def _save(png: bytes, picture: Path) -> None:
    """Write the picture with 256 colours, a quarter of the size."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(picture, optimize=True)
