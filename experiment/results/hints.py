"""Hints about the data of a run, computed while the frameworks train, and saved."""

from collections.abc import Sequence

from configs.files.atomic import write_text
from configs.schema import Study
from configs.shown import shown
from datamodules.checks.hints import WARNING, remarks
from datamodules.fold_data import FoldData
from experiment.record.log import kept_in, log
from experiment.run.files.columns_file import write_columns
from experiment.run.files.reading import read_text
from experiment.run.run_directory import RunDirectory
from reporting.fonts import families

SHOWN = 10
"""Largest number of letters in a hint."""


def keep_hints(run: RunDirectory, study: Study, folds: FoldData) -> list[str]:
    """Save what the columns hold; compute the hints, save them, and log them for every framework.

    A resumed run has both already.
    """
    if not run.columns.is_file():
        write_columns(run, folds.table)
    if not run.hints.is_file():
        lines = [*remarks(folds.table, folds.plan), *_unwritten(folds.table.classes)]
        for name in study.frameworks:
            with kept_in(run.framework(name).log):
                for line in lines:
                    log.info(line)
        write_text(run.hints, "".join(f"{line}\n" for line in lines))
    return read_hints(run)


def _unwritten(classes: Sequence[str]) -> list[str]:
    """A hint if the figures have no font for a letter in the name of a class."""
    missing = families(classes)[1]
    cure = "install a font that has them (for Chinese, Japanese and Korean, Noto Sans CJK), then evaluate the run again"
    return [f"note: no font has '{shown(missing[:SHOWN])}', so figures show boxes there: {cure}"] if missing else []


def read_hints(run: RunDirectory) -> list[str]:
    """The saved hints of a run; none in runs of older versions. Raises StudyError."""
    return read_text(run.hints, "remove it, and the run goes on").splitlines() if run.hints.is_file() else []


def warnings_of(hints: Sequence[str]) -> list[str]:
    """The hints that put the result in doubt."""
    return [line for line in hints if line.startswith(WARNING)]
