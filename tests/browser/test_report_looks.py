"""`report.html` on a phone, in the dark, in print, and to somebody who does not see it."""

import base64
import re

import pytest

from scripts.browser.chromium import emulate, resize

# The relative luminance of any colour that CSS knows, after WCAG 2.2, and the contrast of each text with its ground.
CONTRASTS = """const pixel = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const rgba = (colour) => {
        pixel.clearRect(0, 0, 1, 1);
        pixel.fillStyle = colour;
        pixel.fillRect(0, 0, 1, 1);
        return [...pixel.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
    };
    const linear = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    const ground = (one) => {
        const colour = rgba(one ? getComputedStyle(one).backgroundColor : 'white');
        return colour[3] || !one ? colour : ground(one.parentElement);
    };
    const contrast = (one) => {
        const style = getComputedStyle(one), pair = [rgba(one.closest('svg') ? style.fill : style.color), ground(one)];
        const [dark, light] = pair.map(luminance).sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const speaks = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return [...document.body.querySelectorAll('*')].filter((one) => speaks(one) && one.getClientRects().length)
        .map((one) => [contrast(one), one.textContent.trim().slice(0, 40)])"""
GROUND = "return getComputedStyle(document.body).backgroundColor"
LABELS = "return [...document.querySelectorAll('svg')].map((one) => [one.getAttribute('role'), one.ariaLabel])"
IDS = "return [...document.querySelectorAll('[id]')].map((one) => one.id)"
WIDTH = "return document.documentElement.scrollWidth"
SMALLEST = """return Math.min(...[...document.querySelectorAll('p, li, dd, dt, th, td, small, figcaption, pre')]
    .filter((one) => one.getClientRects().length).map((one) => parseFloat(getComputedStyle(one).fontSize)))"""
pytestmark = pytest.mark.slow


def look(report, script):
    return report.browser.execute_script(script)


@pytest.mark.parametrize("width", [320, 375, 768])
def test_nothing_sticks_out_of_a_small_screen_and_letters_stay_readable(report, width):
    resize(report.browser, width, 800, phone=True)
    assert look(report, WIDTH) == width
    assert look(report, SMALLEST) >= 10


@pytest.mark.parametrize(("colours", "medium"), [("light", ""), ("dark", ""), ("dark", "print")])
def test_every_text_stands_out_from_its_ground(report, colours, medium):
    """The ratio that WCAG 2.2 asks of normal text, level AA."""
    emulate(report.browser, colours, medium)
    contrasts = look(report, CONTRASTS)
    assert len(contrasts) > 200
    assert [one for one in contrasts if one[0] < 4.5] == []


def test_the_dark_is_dark_and_paper_is_white(report):
    grounds = {}
    for colours, medium in (("light", ""), ("dark", ""), ("light", "print"), ("dark", "print")):
        emulate(report.browser, colours, medium)
        grounds[colours, medium] = max(map(int, re.findall(r"\d+", look(report, GROUND))[:3]))
    assert grounds.pop(("dark", "")) < 64
    assert set(grounds.values()) == {255}


def test_it_prints_on_a_few_pages_without_its_navigation(report):
    emulate(report.browser, medium="print")
    assert report.find("h1")
    assert report.find("nav, select") == []
    printed = base64.b64decode(report.browser.print_page())
    assert 2 <= len(re.findall(rb"/Type /Page\b", printed)) <= 12


def test_it_can_be_heard(report, small_run):
    """A language, one title, headings that skip no level, a name for every figure, table, button and list."""
    browser = report.browser
    assert look(report, "return document.documentElement.lang") == "en"
    assert small_run.load_study().name in browser.title
    levels = [int(one.tag_name[1]) for one in browser.find_elements("css selector", "h1, h2, h3, h4")]
    assert levels.count(1) == 1
    assert max(after - before for before, after in zip([0, *levels[:-1]], levels, strict=True)) == 1
    labels = look(report, LABELS)
    assert {role for role, _ in labels} == {"img"}
    assert len({label for _, label in labels if label}) == len(labels) > 0
    assert browser.find_elements("css selector", "table:not(:has(caption))") == []
    for element in browser.find_elements("css selector", "button, select, a"):
        assert element.accessible_name
    ids = look(report, IDS)
    assert len(ids) == len(set(ids))


def test_every_link_leads_to_a_place_on_the_page(report):
    links = [link.get_dom_attribute("href") for link in report.browser.find_elements("css selector", "a")]
    assert len(links) > 3
    assert [link for link in links if not report.browser.find_elements("css selector", link)] == []
