"""`report.html` in a browser: a fold is followed through every figure, and the page needs nothing but itself."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from scripts.browser.chromium import console, requests

FOLD = "fold_01"
TITLES = ("Folds", "Training curves", "ROC curves", "PR curves", "Calibration", "Predicted probabilities")
# A point of the window at which a pointer hits what a figure draws of one fold, and the fold: curves that coincide hide
# one another, so not every fold has one.
POINT = """const [figure] = arguments;
    figure.scrollIntoView({block: 'center', behavior: 'instant'});
    const along = (line) => [...Array(101).keys()].map((share) =>
        line.getPointAtLength(share / 100 * line.getTotalLength()).matrixTransform(line.getScreenCTM()));
    const middle = ({x, y, width, height}) => [{x: x + width / 2, y: y + height / 2}];
    return [...figure.querySelectorAll('[data-fold] :is(path, use):not(defs *)')]
        .flatMap((one) => one.tagName === 'use' ? middle(one.getBoundingClientRect()) : along(one))
        .map(({x, y}) => [Math.round(x), Math.round(y)])
        .map(([x, y]) => [x, y, document.elementFromPoint(x, y)?.closest('[data-fold]')?.dataset.fold])
        .find(([x, y, fold]) => fold)"""
# Where the curves of a figure begin, a little beside the end so that it is on all of them.
START = """const [figure] = arguments;
    figure.scrollIntoView({block: 'center', behavior: 'instant'});
    const [line] = figure.querySelectorAll('[data-fold] path');
    const {x, y} = line.getPointAtLength(1).matrixTransform(line.getScreenCTM());
    return [Math.round(x), Math.round(y)]"""
# Of each figure with folds: its label, and how visible the marks of each fold are.
SEEN = """const opacity = (one) => one.closest('svg') === one ? 1
        : parseFloat(getComputedStyle(one).opacity) * opacity(one.parentElement);
    return [...document.querySelectorAll('svg')].map((figure) => [figure.getAttribute('aria-label'),
        [...figure.querySelectorAll('[data-fold]')].map((one) => [one.dataset.fold, opacity(one)])])
        .filter(([label, marks]) => marks.length)"""
ROWS = """return [...document.querySelectorAll('tr[data-fold]')]
    .map((row) => [row.dataset.fold, getComputedStyle(row.cells[1]).backgroundColor])"""
pytestmark = pytest.mark.slow


def drawn(page, label):
    """The figures whose label begins so, once the page has them."""
    selector = f"svg[aria-label^='{label}']"
    return page.wait(lambda: page.browser.find_elements("css selector", selector), f"no figure {label}")


def figures(page):
    """Label -> fold -> the opacities of what is drawn of it."""
    found = {}
    for label, marks in page.browser.execute_script(SEEN):
        found[label] = {fold: {seen for name, seen in marks if name == fold} for fold, _ in marks}
    return found


def followed(page):
    """The fold that stands out in every figure, and whose row alone is shaded in every table; "" if none does."""
    marks = [{fold for fold, seen in folds.items() if min(seen) > 0.9} for folds in figures(page).values()]
    shades = page.browser.execute_script(ROWS)
    colours = [colour for _, colour in shades]
    rows = {fold for fold, colour in shades if colours.count(colour) < len(colours) / 2}
    return next(iter(rows)) if rows and all(standing == rows for standing in marks) and len(rows) == 1 else ""


def follows(page, fold):
    return page.wait(lambda: followed(page) == fold, f"not everything follows {fold or 'nobody'}")


def hover(page, figure):
    """Move the pointer onto a line or a dot of a fold; return which."""
    x, y, fold = page.browser.execute_script(POINT, figure)
    mouse = ActionChains(page.browser, duration=0)
    mouse.w3c_actions.pointer_action.move_to_location(x, y)
    mouse.perform()
    return fold


def test_nothing_is_followed_at_first_and_every_figure_of_folds_can_be(report):
    assert followed(report) == ""
    shown = figures(report)
    assert sorted(label.partition(",")[0] for label in shown) == sorted(TITLES)  # once each: the frameworks agree
    assert all(label.partition(", ")[2].startswith("both frameworks.") for label in shown)
    assert all(set(folds) == {"fold_00", "fold_01", "fold_02"} for folds in shown.values())


@pytest.mark.parametrize("title", TITLES)
def test_a_fold_under_the_pointer_is_followed_through_every_figure(report, title):
    (figure,) = drawn(report, f"{title}, ")
    follows(report, hover(report, figure))
    ActionChains(report.browser, duration=0).move_to_element(
        report.browser.find_element("css selector", "h2")
    ).perform()
    follows(report, "")


def test_folds_that_coincide_are_followed_one_after_the_other(report):
    """All ROC curves begin in the lower left corner: each click takes the next fold, the last one lets go."""
    (figure,) = drawn(report, "ROC curves, ")
    x, y = report.browser.execute_script(START, figure)
    said, found = report.browser.find_element("css selector", ".follow output"), []
    for _ in range(3):
        mouse = ActionChains(report.browser, duration=0)
        mouse.w3c_actions.pointer_action.move_to_location(x, y).click()
        mouse.perform()
        report.wait(lambda: followed(report) not in ("", *found[-1:]), "no other fold is followed")
        found.append(followed(report))
        assert "3 folds lie here, click for the next" in said.text
    assert sorted(found) == ["fold_00", "fold_01", "fold_02"]
    mouse = ActionChains(report.browser, duration=0)
    mouse.w3c_actions.pointer_action.click()
    mouse.perform()
    follows(report, "")


def test_a_fold_is_followed_by_keyboard_and_by_tapping(report):
    (button, *_) = report.browser.find_elements("css selector", f"tr[data-fold={FOLD}] button")
    button.send_keys(Keys.ENTER)
    follows(report, FOLD)
    assert button.get_attribute("aria-pressed") == "true"
    ActionChains(report.browser).send_keys(Keys.ESCAPE).perform()
    follows(report, "")
    button.click()
    follows(report, FOLD)


def test_the_page_complains_about_nothing_and_asks_nobody(report):
    figure, *_ = drawn(report, "ROC")
    follows(report, hover(report, figure))
    outside = [asked for asked in requests(report.browser) if not asked.startswith((report.address, "data:", "about:"))]
    assert (console(report.browser), outside) == ([], [])
