"""More trials or minutes for a search that was begun: the only keys that may change, and only be raised."""

from collections.abc import Sequence

from configs.errors import StudyError
from configs.files.atomic import write_text
from configs.loading.loading import dump_study
from configs.sections.search import Search
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.locks import locked
from experiment.run.marks.search import RAISED
from experiment.run.run_directory import RunDirectory


def raise_budget(run: RunDirectory, overrides: Sequence[str]) -> None:
    """Write the study of a search with more trials or minutes; a finished search then goes on.

    Raises:
        StudyError: an override is of another key, or lowers one.
        RunError: the run is no search, or another process runs in it.
    """
    study = run.load_study()
    if study.search is None:
        cure = f"go on with it: python scripts/train.py --resume {run.root}"
        raise RunError(WRONG_STUDY, f"{run.root}: is a run without a search; {cure}")
    if not overrides:
        return
    _check_keys(overrides)
    asked = run.load_study(overrides)
    assert asked.search is not None
    _check_raised(study.search, asked.search)
    with locked(run.root):
        if asked == study:
            return
        write_text(run.study, dump_study(asked))
        run.done.unlink(missing_ok=True)
        for name in study.frameworks:
            run.framework(name).fits.unlink(missing_ok=True)


def _check_keys(overrides: Sequence[str]) -> None:
    keys = [f"search.{name}" for name in RAISED]
    others = [one for one in overrides if one.partition("=")[0].strip() not in keys]
    if others:
        cure = f"only {' and '.join(keys)} of a search that was begun may be raised; for the rest start a new one"
        raise StudyError([f"override {one}: {cure}" for one in others])


def _check_raised(before: Search, after: Search) -> None:
    problems = []
    if after.trials < before.trials:
        problems.append(f"search.trials: is {before.trials} and may only be raised, received {after.trials}")
    if after.trials > before.trials and before.oracle == "hyperband":
        cause = f"hyperband has divided {before.trials} trials among its brackets, so there is no place for more"
        problems.append(f"search.trials: {cause}; start a new search")
    if after.minutes is not None and (before.minutes is None or after.minutes < before.minutes):
        known = "without a limit" if before.minutes is None else f"{before.minutes:g}"
        problems.append(f"search.minutes: is {known} and may only be raised, received {after.minutes:g}")
    if problems:
        raise StudyError(problems)
