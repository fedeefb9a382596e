"""Groups of rows, saved in `groups.npy`: intervals need them, and the data may be gone at evaluation."""

import io

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.files.atomic import write_bytes
from configs.files.real_files import read_real
from configs.schema import Study
from configs.sections.folds import GROUPED
from datamodules.fold_data import grouped_table
from evaluation.intervals.dependence import INDEPENDENT, Dependence
from experiment.run.run_directory import RunDirectory

FILE = "groups.npy"
UNKNOWN = "rows of a group are taken as independent, because the data that knows the groups is gone: the truth is wider"
IN_TIME = "rows are taken as independent: where neighbours in time are alike, the truth is wider"


def row_dependence(run: RunDirectory, study: Study) -> Dependence:
    """Dependence of the rows of a run; the groups are read from the data once and saved in `groups.npy`.

    Raises:
        StudyError: `groups.npy` or `environment.json` is damaged.
        OSError: it cannot be written.
    """
    if study.folds.method == "time_series":
        return Dependence(caution=IN_TIME)
    if study.folds.method not in GROUPED:  # any other method rejects a table with groups
        return INDEPENDENT
    groups = _kept(run) if (run.root / FILE).is_file() else _looked_up(run, study)
    return Dependence(caution=UNKNOWN) if groups is None else Dependence(groups)


def _kept(run: RunDirectory) -> NDArray[np.int32]:
    rows = run.load_plan().roles.shape[1]
    try:
        groups = np.lib.format.read_array(io.BytesIO(read_real(run.root / FILE)), allow_pickle=False)
        if groups.shape != (rows,) or groups.dtype.kind != "i":
            raise ValueError(f"it must have the groups of {rows} rows")
    except Exception as error:  # NumPy raises many types for damaged bytes
        raise StudyError(
            [f"{run.root / FILE}: is damaged ({error}); remove it, it is made anew from the data"]
        ) from error
    return groups.astype(np.int32)


def _looked_up(run: RunDirectory, study: Study) -> NDArray[np.int32] | None:
    """The groups from the run's data; None if that is gone or has changed."""
    try:
        table = grouped_table(study)
    except (StudyError, OSError):
        return None
    if table.groups is None or table.digest() != run.load_environment()["data_sha256"]:
        return None
    keep_groups(run, table.groups)
    return table.groups


def keep_groups(run: RunDirectory, groups: NDArray[np.int32]) -> None:
    """Save the groups `(table rows,)` of a run. Raises OSError."""
    content = io.BytesIO()
    np.save(content, groups)
    write_bytes(run.root / FILE, content.getvalue())
