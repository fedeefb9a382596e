"""What the other tests look with: a fault that is there is seen, and a missing browser is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.browser.chromium import console, find_all, requests, texts, wait_until
from scripts.browser.served import tensorboard

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent
PAGE = """<!doctype html><title>faults</title><p id="outside">plain</p><div id="host"></div>
<script>
    document.querySelector('#host').attachShadow({mode: 'open'}).innerHTML =
        '<style>p {color: red}</style><!-- unseen --><p>in the <b>sha</b>dow</p><p hidden>in the shadow</p>';
    console.error('a complaint');
    new Image().src = 'http://127.0.0.1:9/elsewhere.png';
    throw new Error('a failure');
</script>"""


@pytest.fixture
def faulty(browser, tmp_path):
    (tmp_path / "page.html").write_text(PAGE)
    console(browser)
    requests(browser)
    browser.get((tmp_path / "page.html").as_uri())
    return browser


def test_shadow_trees_are_searched_for_what_is_shown(faulty):
    assert texts(faulty, "p", "shadow") == ["in the sha dow"]
    assert texts(faulty, "p") == ["plain", "in the sha dow"]
    (host,) = find_all(faulty, "#host")
    assert len(find_all(faulty, "p", within=host)) == 1
    assert find_all(faulty, "p", "color") == find_all(faulty, "p", "unseen") == []


def test_errors_and_requests_are_seen_once(faulty):
    wait_until(faulty, lambda: "elsewhere.png" in " ".join(requests(faulty)), "no request")
    said = console(faulty)
    assert any("a complaint" in one for one in said)
    assert any("a failure" in one for one in said)
    assert all(one.startswith("SEVERE ") for one in said)
    assert (console(faulty), requests(faulty)) == ([], [])


def test_a_wait_in_vain_says_what_it_waited_for_and_what_there_was(faulty):
    with pytest.raises(TimeoutError, match=r"page\.html: no rocket within 0\.5 s; the page says: plain in the sha dow"):
        wait_until(faulty, lambda: find_all(faulty, "p", "rocket"), "no rocket", seconds=0.5)


def test_a_tensorboard_that_does_not_start_is_quoted(tmp_path, monkeypatch):
    stand_in = tmp_path / "tensorboard"
    stand_in.write_text("#!/bin/sh\necho it is broken >&2\nexit 3\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(RuntimeError, match="it is broken"), tensorboard(tmp_path):
        pass


def test_without_a_browser_the_tests_say_that_they_were_skipped(tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", FOLDER / "test_tensorboard.py"]
    environment = os.environ | {"PATH": str(tmp_path)}
    said = subprocess.run(command, cwd=FOLDER.parents[1], env=environment, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "chromium and chromedriver: not installed" in said.stdout
    assert "passed" not in said.stdout
