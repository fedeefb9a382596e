"""A search in a browser: its section of the page on any screen, and a row of HParams for each trial."""

import pytest
from search_runs import searched_run

from experiment.record.board_folder import link_runs, shown_parts
from experiment.record.board_trials import write_trials
from scripts.browser.chromium import console, find_all, requests, resize, wait_until
from scripts.browser.served import tensorboard

BOXES = """return [...document.querySelectorAll('#search svg')]
    .map((one) => [one.ariaLabel.split(',')[0], one.getBoundingClientRect()])
    .map(([label, box]) => [label, box.width, box.height])"""
SCROLLED = 480
"""Pixels of a wide figure on a phone, where it scrolls in its place."""
WIDTH = "return document.documentElement.scrollWidth"
RATES = tuple(round(0.01 + 0.03 * step, 2) for step in range(22))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def searched(browser, tmp_path_factory):
    return searched_run(tmp_path_factory.mktemp("search"), values=RATES).run


@pytest.mark.parametrize("width", [320, 1200])
def test_the_figures_of_a_search_fit_the_screen_and_need_nobody(browser, searched, width):
    resize(browser, width, 900, phone=width < 700)
    console(browser), requests(browser)
    address = (searched.root / "report.html").as_uri()
    browser.get(address)
    boxes = {label: (wide, high) for label, wide, high in browser.execute_script(BOXES)}
    assert list(boxes) == ["History", "Importance of the keys", "Parallel coordinates", "Slices"]
    assert all(200 < wide <= max(width, SCROLLED) and high > 40 for wide, high in boxes.values())
    assert browser.execute_script(WIDTH) == width
    assert {asked for asked in requests(browser) if not asked.startswith(("file:", "data:", "about:"))} == set()
    assert [said for said in console(browser) if said.startswith("SEVERE")] == []
    resize(browser, 0, 0)


def test_tensorboard_shows_every_trial_in_a_table(browser, searched, tmp_path):
    parts = shown_parts([searched.root])
    link_runs(tmp_path, parts)
    assert write_trials(tmp_path, parts) == len(RATES) + 1
    with tensorboard(tmp_path) as address:
        browser.get(f"{address}/?darkMode=false#hparams")
        rows = ("Trial ID", "trial_0000", f"trial_00{len(RATES)}", "optimizer.learning_rate", "objective/loss")
        wait_until(browser, lambda: find_all(browser, "vaadin-grid", *rows), "not every trial is a row", 60.0)
