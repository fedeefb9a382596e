"""Sizes of a run's learning curve: `sizes.json`, and where the results of each are."""

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from configs.errors import StudyError
from configs.files.atomic import write_json
from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import FoldPlan
from datamodules.weights import check_weights
from experiment.run.files.reading import read_json, sealed
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory

DEFAULT = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Shares of the training rows of each fold."""


def checked_sizes(sizes: Sequence[float]) -> tuple[float, ...]:
    """`sizes` in ascending order, each once, the whole of the training rows among them.

    Raises StudyError if one is no share, or there is none but the whole.
    """
    wrong = [size for size in sizes if not 0 < size <= 1]
    if wrong:
        raise StudyError([f"sizes: must be > 0 and <= 1, shares of the training rows, received {wrong[0]:g}"])
    known = tuple(sorted({*sizes, 1.0}))
    if len(known) < 2:
        raise StudyError(["sizes: a curve needs two sizes or more; name one below 1"])
    return known


def sized(study: Study, folds: FoldData, sizes: Sequence[float]) -> FoldPlan:
    """The plan of all `sizes`; see `sized_plan`. Raises StudyError if one is too small."""
    from datamodules.folds.subsets import sized_plan  # scikit-learn: a run without a learning curve does not need it

    seed = study.seed if study.folds.seed is None else study.folds.seed
    return sized_plan(folds.plan, folds.table, study.folds, sizes, seed)


def check_sizes(study: Study, folds: FoldData, sizes: Sequence[float]) -> None:
    """Raise StudyError, before there is a run, if one of `sizes` is too small to train on."""
    if sizes:
        check_weights(folds.table, sized(study, folds, sizes), study.training)


def write_sizes(run: RunDirectory, sizes: Sequence[float]) -> None:
    """Write `sizes.json`. Raises OSError."""
    write_json(run.sizes, sealed({"sizes": list(sizes)}))


def read_sizes(run: RunDirectory) -> tuple[float, ...]:
    """The sizes in ascending order; () of a run without a learning curve. Raises StudyError if they are damaged."""
    if not run.sizes.is_file():
        return ()
    try:
        sizes = TypeAdapter(list[float]).validate_python(read_json(run.sizes, "start a new run", "sizes")["sizes"])
        return checked_sizes(sizes)
    except (ValidationError, StudyError) as error:
        cause = str(error).splitlines()[0]
        raise StudyError([f"{run.sizes}: is damaged ({cause}); start a new run"]) from error


def size_directory(directory: FrameworkDirectory, size: float) -> FrameworkDirectory:
    """Results of a learner with this share of the training rows."""
    return FrameworkDirectory(directory.root / "sizes" / f"{size:g}")
