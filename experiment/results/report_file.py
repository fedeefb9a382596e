"""Report of a run, `report.html` and `report.md`: all of its frameworks on one page, from their saved files."""

from collections.abc import Mapping, Sequence
from typing import Any

from configs.files.atomic import write_bytes, write_text
from configs.schema import Study
from experiment.learning_curve.results import keep_curves
from experiment.results.hints import read_hints
from experiment.results.outcome import Outcome
from experiment.results.search_files import keep_answer
from experiment.run.files.columns_file import read_columns
from experiment.run.files.reading import read_text
from experiment.run.run_directory import RunDirectory
from experiment.run.run_facts import run_facts
from reporting.figures.files import drawn
from reporting.figures.learning_curve import learning_curve_figures
from reporting.page.part import Part, fold_keys
from reporting.page.report import reports
from reporting.page.sections.record import Record


def write_report(outcome: Outcome, study: Study, evaluated_with: Sequence[str] = ()) -> None:
    """Write `report.html` and `report.md` of the networks of a run, each replacing an older one.

    `evaluated_with` are the overrides of a re-evaluation. The answer of a search is written, too.

    Raises:
        StudyError: study, predictions or history are damaged.
        OSError: they cannot be written.
    """
    run, results = outcome.run, outcome.results
    hints, known = read_hints(run), read_columns(run)
    parts = {name: results[name].part(judged, study) for name, judged in outcome.metrics.items()}
    curves = keep_curves(run, study, [name for name in study.frameworks if name in parts])
    pictures = learning_curve_figures(curves, fold_keys(parts)) if curves else {}
    record = Record(
        study=read_text(run.study, "start a new run"),
        source=study.data.source,
        environment=run.load_environment(),
        place=str(run.root),
        evaluated_with=tuple(evaluated_with),
        hints=tuple(hints),
        disagreement=outcome.disagreement,
        label=study.output.run or "",
        facts=run_facts(run, study, {name: results[name] for name in parts}),
        baselines=outcome.beside_baselines(),
        search=_answer(run, study, parts),
        curves=curves,
        curve_figures=pictures,
        columns=known.facts,
        column_count=known.total,
    )
    for name, picture in pictures.items():
        write_bytes(run.framework(name).learning_curve, drawn(picture, "png"))
    for name, text in reports(parts, record).items():
        write_text(run.root / name, text)


def _answer(run: RunDirectory, study: Study, parts: Mapping[str, Part]) -> dict[str, Any] | None:
    """The answer of the learner that searched."""
    found = (keep_answer(run, study, part.metrics, part.predictions) for part in parts.values())
    return next((answer for answer in found if answer), None)
