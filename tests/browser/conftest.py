"""One browser, one small run of both frameworks, and one TensorBoard that shows it, for all tests of this folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest
from filelock import FileLock
from selenium.webdriver import Chrome
from selenium.webdriver.remote.webelement import WebElement

from experiment.run.run_directory import RunDirectory
from scripts.browser.chromium import (
    console,
    emulate,
    find_all,
    missing_programs,
    open_browser,
    requests,
    resize,
    wait_until,
)
from scripts.browser.served import tensorboard

SMALL = ("folds.splits=3", "training.max_epochs=8")
Found = TypeVar("Found")


class Page(NamedTuple):
    """What a browser shows at an address, and for how many seconds something may take to come."""

    browser: Chrome
    address: str
    patience: float

    def open(self, rest: str = "") -> None:
        """Load it anew: another fragment alone would load nothing."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.address}{rest}")

    def forget(self) -> None:
        """What was complained about and asked for so far."""
        console(self.browser)
        requests(self.browser)

    def wait(self, condition: Callable[[], Found], complaint: str) -> Found:
        return wait_until(self.browser, condition, complaint, self.patience)

    def find(self, selector: str, *words: str, within: WebElement | None = None) -> list[WebElement]:
        return find_all(self.browser, selector, *words, within=within)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    if missing := missing_programs():
        pytest.skip(f"{' and '.join(missing)}: not installed, so nothing is looked at in a browser")
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def small_run(browser, train, only_run, tmp_path_factory, worker_id) -> RunDirectory:
    """Trained for the browser alone, by the first worker that needs it; without a browser, nothing is trained."""
    own: Path = tmp_path_factory.getbasetemp()
    root = (own if worker_id == "master" else own.parent) / "small"
    with FileLock(f"{root}.lock"):
        if not any(root.glob("*/*/DONE")):
            said = train(*SMALL, f"output.root={root}")
            assert said.returncode == 0, said.stderr
    return only_run(root)


@pytest.fixture(scope="session")
def board(browser, small_run) -> Iterator[Page]:
    """TensorBoard on the small run: `board.open("#images")`."""
    with tensorboard(small_run.root) as address:
        yield Page(browser, f"{address}/?darkMode=false&smoothing=0", patience=60.0)


@pytest.fixture
def report(browser, small_run) -> Iterator[Page]:
    """`report.html` as a file, opened, and nothing complained about or asked for before."""
    page = Page(browser, (small_run.root / "report.html").as_uri(), patience=10.0)
    page.forget()
    page.open()
    yield page
    resize(browser, 0, 0)
    emulate(browser)
