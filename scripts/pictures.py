"""Make docs/pictures/tensorboard.png: train the default study and photograph its TensorBoard page.

Usage: python scripts/pictures.py [RUN]. Needs Chromium and its driver; RUN spares the training.
"""

import io
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import ROOT, enter_environment

PICTURE = ROOT / "docs" / "pictures" / "tensorboard.png"
SIZE, SCALE = (1400, 975), 1.6
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCALARS = ("loss/train", "loss/validation", "auroc/validation")
IMAGES = (("roc", "lightning"), ("roc", "tensorflow"), ("confusion_matrix", "tensorflow"))
PINNED = "metrics-pinned-view card-view"
# Cards, spinners and images that are still to come.
WAITING = f"""const all = (selector) => [...document.querySelectorAll(selector)];
    return all('mat-spinner').length + all('{PINNED} img').filter((image) => !image.naturalWidth).length
        + {len(SCALARS)} - all('{PINNED} line-chart').length + {len(IMAGES)} - all('{PINNED} img').length"""
# Without the table below each chart and without the pane of settings there is room for the charts.
TIDY = """const found = ['.scalars-step-selector input', '.settings-button'].map((one) => document.querySelector(one));
    if (found.includes(null)) return false;
    found.forEach((one) => one.click());
    return true"""
# Loopback never goes through a proxy.
OPENER = build_opener(ProxyHandler({}))


def request(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    """The answer of a local server, JSON if it is that. Raises URLError while nobody listens."""
    data = None if body is None else json.dumps(body).encode()
    with OPENER.open(Request(url, data, {"Content-Type": "application/json"}, method=method), timeout=120) as answer:
        content = answer.read()
    return json.loads(content) if answer.headers.get_content_type() == "application/json" else content


@contextmanager
def server(command: list[str], url: str) -> Iterator[None]:
    """A process that answers at `url` within a minute, ended on the way out. Raises TimeoutError."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(url), f"{command[0]} does not answer at {url}")
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        request("GET", url)
    except (URLError, OSError):
        return False
    return True


def wait_until(condition: Callable[[], bool], complaint: str, seconds: float = 60.0) -> None:
    """Ask twice a second. Raises TimeoutError with `complaint`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(0.5)


def free_port() -> int:
    """A port of the loopback interface that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def page(address: str) -> str:
    """Address of the page with the cards pinned: the curves of all folds, then the figures of the study."""
    cards: list[dict[str, Any]] = [{"plugin": "scalars", "tag": tag} for tag in SCALARS]
    for tag, framework in IMAGES:
        cards.append({"plugin": "images", "tag": tag, "runId": f"defaultExperimentId/{framework}/folds", "sample": 0})
    query = {"darkMode": "false", "smoothing": "0", "pinnedCards": json.dumps(cards)}
    return f"{address}/?{urlencode(query)}#timeseries"


def run(browser: str, script: str) -> Any:
    """What a script returns in the page that a browser shows."""
    return request("POST", f"{browser}/execute/sync", {"script": script, "args": []})["value"]


def photograph(address: str, profile: str) -> bytes:
    """PNG of the page at `address`, taken when every card is there and two pictures in a row are the same."""
    driver = f"http://127.0.0.1:{free_port()}"
    size = [f"--window-size={SIZE[0]},{SIZE[1]}", f"--force-device-scale-factor={SCALE}"]
    arguments = [*OPTIONS, *size, f"--user-data-dir={profile}"]
    wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}}}
    with server(["chromedriver", f"--port={driver.rsplit(':', 1)[1]}"], f"{driver}/status"):
        session = request("POST", f"{driver}/session", {"capabilities": wanted})["value"]["sessionId"]
        browser = f"{driver}/session/{session}"
        try:
            request("POST", f"{browser}/url", {"url": page(address)})
            wait_until(lambda: run(browser, TIDY), "TensorBoard's page does not come")
            wait_until(lambda: run(browser, WAITING) == 0, "TensorBoard's cards do not come")
            before, picture = "", "none yet"
            while picture != before:
                time.sleep(2.0)
                before, picture = picture, request("GET", f"{browser}/screenshot")["value"]
        finally:
            request("DELETE", browser)
    return b64decode(picture)


def save(png: bytes) -> None:
    """Write the picture with 256 colours, a quarter of the size."""
    from PIL import Image

    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


def train(root: str) -> Path:
    """Run the default study under `root`; return the directory of the run."""
    subprocess.run([sys.executable, ROOT / "scripts" / "train.py", f"output.root={root}"], check=True, cwd=ROOT)
    return next((Path(root) / "breast_cancer").iterdir())


def main() -> None:
    """Train if need be, show, photograph."""
    enter_environment()
    if missing := [name for name in ("chromium", "chromedriver") if not shutil.which(name)]:
        sys.exit(f"{' and '.join(missing)}: not found; install Chromium and its driver, then run this again")
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(sys.argv[1]) if len(sys.argv) > 1 else train(folder)
        address = f"http://127.0.0.1:{free_port()}"
        command = [str(Path(sys.executable).with_name("tensorboard")), "--logdir", str(shown), "--host", "127.0.0.1"]
        with server([*command, "--port", address.rsplit(":", 1)[1]], address):
            save(photograph(address, f"{folder}/profile"))
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
