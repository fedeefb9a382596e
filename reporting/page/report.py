"""Assembly of the two reports of a run: the HTML page, and the same in markdown."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from configs.shown import shown
from reporting.board import tags
from reporting.page.blocks import Block, Drawings, Grid, Row, Section
from reporting.page.drawn import drawings
from reporting.page.part import Parts, first, once
from reporting.page.sections.answers import answers
from reporting.page.sections.baselines import baseline_rows
from reporting.page.sections.calibration import calibration_rows
from reporting.page.sections.classes import class_rows, confusion_rows
from reporting.page.sections.data import data_blocks
from reporting.page.sections.fit import fit_blocks
from reporting.page.sections.folds import failed_facts, fold_grid, outlier_facts, result_of_folds
from reporting.page.sections.headline import headline, status_blocks
from reporting.page.sections.importance import importance_blocks
from reporting.page.sections.learning_curve import curve_blocks
from reporting.page.sections.record import Record, record_blocks, summarised
from reporting.page.sections.results import result_rows
from reporting.page.sections.search import search_blocks
from reporting.page.sections.thresholds import threshold_rows, worst_rows
from reporting.page.text import markdown
from reporting.tables.table import markdown_table

TEMPLATES = Path(__file__).parent / "templates"
MOST_COLUMNS, MOST_DENSE = 7, 4
"""Most columns of a table that fits into half of a wide screen; of one whose cells have intervals."""
HTML, MARKDOWN = "report.html", "report.md"


def reports(parts: Parts, record: Record) -> dict[str, str]:
    """File name -> text: `report.html`, one self-contained file, and the same without figures, `report.md`.

    Every number comes from `metrics.json` or the predictions of `parts`.
    """
    parts = {name: part.shown() for name, part in parts.items()}
    title = ", ".join(filter(None, [first(parts).metrics["study"], record.label]))
    summary, told = summarised(parts, record), sections(parts, record)
    page = (
        _templates()
        .get_template(HTML)
        .render(title=title, summary=summary, frameworks=list(parts), folds=result_of_folds(parts), sections=told)
    )
    table = markdown_table({name: part.metrics for name, part in parts.items()})
    return {HTML: page, MARKDOWN: markdown(title, summary, told, {"numbers": table})}


def sections(parts: Parts, record: Record) -> list[Section]:
    """The sections in reading order; one without blocks is left out."""
    drawn = drawings(parts)
    short: list[Block] = [*status_blocks(parts), once(parts, headline), answers(parts, record.disagreement)]
    of_folds: list[Block] = [*drawn[tags.FOLDS], *once(parts, fold_grid), *failed_facts(parts), *outlier_facts(parts)]
    classified: list[Block] = [*once(parts, confusion_rows), *once(parts, class_rows), *once(parts, threshold_rows)]
    every = [
        Section("short", "In short", short),
        Section("search", "Search", search_blocks(record.search)),
        Section("numbers", "All numbers", once(parts, result_rows)),
        Section("baselines", "Baselines", baseline_rows(record.baselines, parts)),
        Section("folds", "Folds", of_folds),
        Section("fit", "Training", [*drawn[tags.LEARNING_CURVES], *once(parts, fit_blocks)]),
        Section("curve", "Learning curve", curve_blocks(record.curves, record.curve_figures)),
        Section("ranking", "ROC and PR curves", [*drawn[tags.ROC], *drawn[tags.PRECISION_RECALL]]),
        Section("classes", "Classification", [*drawn[tags.CONFUSION_MATRIX], *classified]),
        Section("calibration", "Calibration", [*drawn[tags.CALIBRATION], *drawn[tags.SCORES],
                                               *once(parts, calibration_rows)]),
        Section("rows", "Samples", [*drawn[tags.PREDICTED_AGAINST_TRUE], *drawn[tags.RESIDUALS],
                                    *once(parts, worst_rows)]),
        Section("columns", "Columns", importance_blocks(parts)),
        Section("data", "Data", data_blocks(record)),
        Section("record", "Run", record_blocks(parts, record)),
    ]  # fmt: skip
    return [section._replace(blocks=beside(section.blocks)) for section in every if section.blocks]


def beside(blocks: Sequence[Block]) -> list[Block]:
    """`blocks` with consecutive narrow ones paired side by side."""
    packed: list[Block] = []
    waiting: Block | None = None
    for block in blocks:
        if waiting is not None and is_narrow(block):
            packed[-1], waiting = Row([waiting, block]), None
        else:
            packed.append(block)
            waiting = block if is_narrow(block) else None
    return packed


def is_narrow(block: Block) -> bool:
    """Whether a block fits into half of a wide screen."""
    match block:
        case Drawings():
            return len(block.svgs) == 1 and not block.wide
        case Grid():
            return len(block.columns) <= (MOST_DENSE if block.dense else MOST_COLUMNS)
        case Row():
            return len(block.blocks) == 1 and is_narrow(block.blocks[0])
    return False


@cache
def _templates() -> Environment:
    """Jinja templates: variables are escaped in `.html`, not in script and styles; a missing one is an error."""
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, finalize=_shown)  # fmt: skip


def _shown(value: Any) -> Any:
    """A value safe for the page; markup is built of such values already."""
    return shown(value, but="\n") if isinstance(value, str) and not hasattr(value, "__html__") else value
