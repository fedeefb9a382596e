"""Report of a run, `report.html` and `report.md`: all of its frameworks on one page, from their saved files."""

from collections.abc import Mapping, Sequence
from typing import Any

from configs.files.atomic import write_bytes, write_text
from configs.schema import Study
from evaluation.comparing.against_baselines import AgainstBaselines
from evaluation.predictions import read_predictions
from experiment.nets.disagreement import disagreement
from experiment.record.history import read_history
from experiment.results.hints import read_hints
from experiment.results.importance import read_importance
from experiment.results.learning_curve import keep_curves
from experiment.results.search_files import keep_answer
from experiment.run.files.columns_file import read_columns
from experiment.run.files.reading import read_text
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory
from experiment.run.run_facts import run_facts
from reporting.page.part import Part, fold_keys
from reporting.page.report import reports
from reporting.page.sections.learning_curve import curve_picture
from reporting.page.sections.record import Record


def write_report(
    run: RunDirectory,
    study: Study,
    metrics: Mapping[str, Mapping[str, Any]],
    baselines: AgainstBaselines | None = None,
    judged_with: Sequence[str] = (),
) -> None:
    """Write `report.html` and `report.md` of the frameworks of `metrics`, each replacing an older one.

    `baselines` are those of the run beside its networks. The answer of a search is written, too.

    Raises:
        StudyError: study, predictions or history are damaged.
        OSError: they cannot be written.
    """
    hints, known = read_hints(run), read_columns(run)
    parts = {name: _part(run.framework(name), judged) for name, judged in metrics.items()}
    record = Record(
        study=read_text(run.study, "start a new run"),
        source=study.data.source,
        environment=run.load_environment(),
        place=str(run.root),
        judged_with=tuple(judged_with),
        hints=tuple(hints),
        disagreement=disagreement(run, study),
        dropout=study.model.drops_units,
        label=study.output.run or "",
        facts=run_facts(run, study, {name: part.predictions for name, part in parts.items()}),
        baselines=baselines,
        search=_answer(run, study, parts),
        curves=keep_curves(run, study, [name for name in study.frameworks if name in metrics]),
        columns=known.facts,
        column_count=known.total,
    )
    for name, curve in record.curves.items():
        if curve["folds"]:
            write_bytes(run.framework(name).learning_curve, curve_picture(curve, fold_keys(parts)))
    for name, text in reports(parts, record).items():
        write_text(run.root / name, text)


def _answer(run: RunDirectory, study: Study, parts: Mapping[str, Part]) -> dict[str, Any] | None:
    """The answer of the learner that searched."""
    found = (keep_answer(run, study, part.metrics, part.predictions) for part in parts.values())
    return next((answer for answer in found if answer), None)


def _part(directory: FrameworkDirectory, metrics: Mapping[str, Any]) -> Part:
    rows, history = read_predictions(directory.predictions), read_history(directory.history)
    return Part(metrics, rows, history, read_importance(directory))
