"""`make pictures` takes its pictures of any run."""

import pytest
from PIL import Image

from scripts.browser.photographs import photograph_report, photograph_tensorboard

pytestmark = pytest.mark.slow


def colours(picture, *box):
    return {colour for _, colour in picture.crop(box).getcolors(1 << 20)}


def test_tensorboard_is_photographed_with_its_cards_drawn(small_run, tmp_path):
    photograph_tensorboard(small_run.root, tmp_path / "docs" / "board.png")
    picture = Image.open(tmp_path / "docs" / "board.png").convert("RGB")
    assert picture.width == 2240
    assert len(colours(picture, 500, 350, 2240, 750)) > 20  # the charts
    assert len(colours(picture, 500, 950, 2240, picture.height)) > 20  # the figures


def test_the_page_is_photographed_as_far_as_its_first_section(small_run, tmp_path):
    photograph_report(small_run.root, tmp_path / "page.png")
    picture = Image.open(tmp_path / "page.png").convert("RGB")
    assert picture.width == 1920
    assert 1000 < picture.height < 2600  # the status of this short run has several lines
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert len(colours(picture, 0, picture.height // 2, picture.width, picture.height)) > 5
