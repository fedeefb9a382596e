"""A run needs no terminal: streams that were closed before the start, and warnings that nobody asked for."""

import subprocess
import sys

import pytest

from configs.files.places import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.needs("lightning")]

SMALL = ("data.source=iris", "folds.splits=3", "training.max_epochs=2", "output.tensorboard=false")
CLASSES = "\N{CJK UNIFIED IDEOGRAPH-6B63}", "\N{CJK UNIFIED IDEOGRAPH-60A3}"


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&- <&-"])
def test_a_run_trains_with_closed_streams(closed, tmp_path, only_run):
    words = " ".join([*SMALL, f"output.root={tmp_path}/runs"])
    done = subprocess.run(["bash", "-c", f"exec {sys.executable} scripts/train.py {words} {closed}"], cwd=PROJECT)
    assert done.returncode == 0
    run = only_run(tmp_path / "runs")
    assert run.done.is_file()
    written = {file for file in run.root.rglob("*") if file.is_file() and file.name != "source.diff"}
    for file in written:  # nothing was printed into one that got the number of a closed stream
        assert b"TensorBoard  tensorboard" not in file.read_bytes()


def test_labels_in_any_script_train_without_a_warning_and_a_missing_font_is_a_note(tmp_path, train, only_run):
    table = tmp_path / "clinic.csv"
    lines = [f"{number % 7},{number * 3 % 11},{CLASSES[number % 2]}" for number in range(80)]
    table.write_text("\n".join(["a,b,y", *lines]) + "\n")
    said = train(f"data.source={table}", "data.target=y", "framework=lightning", "folds.splits=3",
                 "training.max_epochs=2", f"output.root={tmp_path}/runs")  # fmt: skip
    assert (said.returncode, said.stderr) == (0, "")
    run = only_run(tmp_path / "runs")
    assert ("note: no font has" in run.hints.read_text()) == (not has_font())
    assert CLASSES[0] in (run.root / "report.html").read_text()


def has_font() -> bool:
    from reporting.fonts import families

    return not families(CLASSES)[1]


def test_notices_reach_the_terminal_and_other_warnings_do_not():
    program = """import warnings
from configs.errors import Notice, show_notices
show_notices("lightning")
warnings.warn("Glyph 27491 missing from font(s) DejaVu Sans.", UserWarning)
warnings.warn("events: No space left on device", Notice)
"""
    done = subprocess.run([sys.executable, "-W", "default", "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert done.stderr == "lightning: events: No space left on device\n"
