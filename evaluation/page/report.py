"""The two reports of a run: one page, and the same in text."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from evaluation import tags
from evaluation.page.answers import answers
from evaluation.page.blocks import Section
from evaluation.page.chances import calibration_rows
from evaluation.page.decisions import confusion_rows, threshold_rows, worst_rows
from evaluation.page.drawn import drawings
from evaluation.page.fit import fit_blocks
from evaluation.page.folds import failed_facts, fold_grid, outlier_facts, told_folds
from evaluation.page.headline import headline
from evaluation.page.part import Parts, first
from evaluation.page.record import Record, record_blocks, summarised, warning_blocks
from evaluation.page.results import result_rows
from evaluation.page.text import markdown
from evaluation.table import markdown_table

TEMPLATES = Path(__file__).parent / "templates"
HTML, MARKDOWN = "report.html", "report.md"


def reports(parts: Parts, record: Record) -> dict[str, str]:
    """File name -> text: `report.html`, one file that asks for no other, and the same without figures, `report.md`.

    Every number comes from `metrics.json` or the predictions of `parts`.
    """
    title = ", ".join(filter(None, [first(parts).metrics["study"], record.label]))
    summary, told = summarised(parts, record), sections(parts, record)
    page = (
        _templates()
        .get_template(HTML)
        .render(title=title, summary=summary, frameworks=list(parts), folds=told_folds(parts), sections=told)
    )
    table = markdown_table({name: part.metrics for name, part in parts.items()})
    return {HTML: page, MARKDOWN: markdown(title, summary, told, {"numbers": table})}


def sections(parts: Parts, record: Record) -> list[Section]:
    """What is said, in the order in which it is read; a section without blocks is left out."""
    drawn = drawings(parts, record.dropout)
    every = [
        Section("short", "In short", [*warning_blocks(record), headline(parts), answers(parts, record.disagreement)]),
        Section("numbers", "All numbers", result_rows(parts)),
        Section("folds", "Folds", [*drawn[tags.FOLDS], *fold_grid(parts), *failed_facts(parts), *outlier_facts(parts)]),
        Section("fit", "Learning", [*drawn[tags.LEARNING_CURVES], *fit_blocks(parts)]),
        Section("ranking", "Ranking", [*drawn[tags.ROC], *drawn[tags.PRECISION_RECALL]]),
        Section("decisions", "Decisions", [*confusion_rows(parts), *threshold_rows(parts)]),
        Section("chances", "Probabilities", [*drawn[tags.CALIBRATION], *calibration_rows(parts), *drawn[tags.SCORES]]),
        Section("rows", "Rows", [*drawn[tags.PREDICTED_AGAINST_TRUE], *worst_rows(parts)]),
        Section("record", "What was run", record_blocks(parts, record)),
    ]
    return [section for section in every if section.blocks]


@cache
def _templates() -> Environment:
    """Variables are escaped in `.html`, not in the script and the styles; one that is missing is an error."""
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # fmt: skip
