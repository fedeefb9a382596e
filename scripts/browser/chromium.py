"""Headless Chromium, driven by selenium, for the pictures of the README and for the tests."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PROGRAMS = ("chromium", "chromedriver")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--window-size=1400,1000",
)  # fmt: skip
# Shadow trees are searched as well, since TensorBoard uses many.
PIERCE = """const [selector, words, within] = arguments, found = [];
    const children = (node) => [...node.childNodes, ...(node.shadowRoot ? node.shadowRoot.childNodes : [])];
    const unseen = ['STYLE', 'SCRIPT', 'NOSCRIPT', '#comment'];
    const text = (node) => unseen.includes(node.nodeName) ? '' : node.data || children(node).map(text).join(' ');
    const walk = (node) => children(node).filter((one) => one.nodeType === Node.ELEMENT_NODE).forEach((one) => {
        if (one.matches(selector) && one.getClientRects().length) found.push([one, text(one).replace(/\\s+/g, ' ')]);
        walk(one);
    });
    walk(within || document);
    const dense = (said) => said.replace(/\\s+/g, '');
    return found.filter(([one, said]) => words.every((word) => dense(said).includes(dense(word))))"""
Found = TypeVar("Found")


def missing_programs() -> list[str]:
    """Programs of `PROGRAMS` that are not installed."""
    return [name for name in PROGRAMS if not shutil.which(name)]


@contextmanager
def open_browser() -> Iterator[Chrome]:
    """A browser with an empty profile and a wide window; closed on the way out."""
    options = ChromeOptions()
    options.binary_location = shutil.which(PROGRAMS[0]) or PROGRAMS[0]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for argument in QUIET:
        options.add_argument(argument)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, without_proxy():
        options.add_argument(f"--user-data-dir={profile}")
        browser = Chrome(options, ChromeService(shutil.which(PROGRAMS[1])))
        try:
            yield browser
        finally:
            browser.quit()


@contextmanager
def without_proxy() -> Iterator[None]:
    """Loopback, where the driver and TensorBoard listen, never goes through a proxy."""
    exempt = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    with patch.dict(os.environ, no_proxy=",".join(filter(None, [exempt, "localhost", "127.0.0.1"]))):
        yield


def resize(browser: Chrome, width: int, height: int, scale: float = 1.0, phone: bool = False) -> None:
    """Show pages in `width` x `height` of their pixels, each of them `scale` x `scale` pixels of the screen."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def emulate(browser: Chrome, colours: str = "light", medium: str = "") -> None:
    """Emulate a preferred colour scheme and a medium; `medium` is "print", or "" for the screen."""
    features = [{"name": "prefers-color-scheme", "value": colours}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": features})


def find_all(browser: Chrome, selector: str, *words: str, within: WebElement | None = None) -> list[WebElement]:
    """Visible elements that match a CSS selector and contain all `words`, white space aside, in shadow trees, too."""
    return [element for element, _ in browser.execute_script(PIERCE, selector, words, within)]


def texts(browser: Chrome, selector: str, *words: str, within: WebElement | None = None) -> list[str]:
    """The texts of the elements of `find_all`, with single spaces."""
    return [text.strip() for _, text in browser.execute_script(PIERCE, selector, words, within)]


def wait_until(browser: Chrome, condition: Callable[[], Found], complaint: str, seconds: float = 60.0) -> Found:
    """The first value of `condition()` that is true. Raises TimeoutError with `complaint` and the text of the page."""
    # An element that the page has redrawn meanwhile is found at the next attempt.
    wait = WebDriverWait(browser, seconds, poll_frequency=0.2, ignored_exceptions=[StaleElementReferenceException])
    try:
        return wait.until(lambda _: condition())
    except TimeoutException as error:
        said = f"the page says: {' '.join(texts(browser, 'body'))}"
        raise TimeoutError(f"{browser.current_url}: {complaint} within {seconds:g} s; {said}") from error


def console(browser: Chrome) -> list[str]:
    """Warnings and errors that pages caused since the last call, each after its level, WARNING or SEVERE."""
    entries = browser.get_log("browser")
    return [f"{one['level']} {one['message']}" for one in entries if one["level"] in ("WARNING", "SEVERE")]


def requests(browser: Chrome) -> list[str]:
    """Addresses that pages requested since the last call, their own included; not those of the browser itself."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return [one["request"]["url"] for one in asked if not one["documentURL"].startswith("chrome:")]
