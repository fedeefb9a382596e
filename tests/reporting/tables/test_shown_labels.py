"""Labels that a stranger has chosen, wherever they are shown: on the page, in text, in figures and in TensorBoard."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from boards import read
from imagined import RECORD, TIMING, history_of
from rich.console import Console

from configs.schema import Study
from configs.shown import HIDDEN, shown
from datamodules.checks.columns import ColumnFacts
from reporting.page.part import Part
from reporting.page.report import HTML, MARKDOWN, reports
from reporting.publish import Finished, publish
from reporting.tables.table import comparison_table

EVIL = ("a\x0bb\nrm -rf ~ #", "\x1b[2J|`x`[y](z)$<script>alert(1)</script>", "\x00\x85\u202e\u2028c")
COLUMNS = [ColumnFacts(name, "categorical", 0, f"{name} 3", np.array([3])) for name in EVIL]


@pytest.fixture(params=["binary", "multiclass"])
def part(request, imagine, judged):
    """Predictions and metrics of classes with names as nobody should choose them."""
    predictions, fits = imagine(request.param)
    predictions = replace(predictions, classes=EVIL[: len(predictions.classes)])
    return Part(judged(predictions, fits, timing=TIMING), predictions, history_of(fits))


def hidden(text):
    """What of `text` nobody can see, without the ends of lines."""
    return set(HIDDEN.findall(text)) - {"\n"}


def test_the_page_holds_every_label_on_one_line_and_its_figures_are_xml(part):
    page = reports({"lightning": part}, RECORD._replace(hints=(f"hint: {EVIL[2]}",), source=EVIL[1], columns=COLUMNS))[
        HTML
    ]
    assert hidden(page) == set()
    assert "<script>alert" not in page
    assert r"a\x0bb\nrm -rf ~ #" in page
    figures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(figures) > 4
    for figure in figures:
        ElementTree.fromstring(figure)


def test_the_text_holds_every_label_in_its_cell(part):
    text = reports({"lightning": part}, RECORD._replace(hints=(f"hint: {EVIL[0]}",), source=EVIL[1], columns=COLUMNS))[
        MARKDOWN
    ]
    assert hidden(text) == set()
    assert "\nrm -rf" not in text
    assert not re.search(r"(?<!\\)<script>", text)
    assert "](z)" not in text
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("|")]
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert widths
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table


def test_the_terminal_gets_no_command(part):
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(comparison_table({"lightning": part.metrics}))
    assert hidden(console.export_text()) == set()


def test_tensorboard_gets_names_of_one_line(part, tmp_path):
    publish(tmp_path, Finished(Study(), ["train.py"], part, []))
    board = read(tmp_path)
    assert not any(hidden(tag) or "\n" in tag for tag in board)
    assert any(shown(EVIL[0]) in tag for tag in board)


def test_what_is_kept_is_as_it_was(part):
    assert part.metrics["classes"] == list(part.predictions.classes) == list(EVIL[: len(part.predictions.classes)])
