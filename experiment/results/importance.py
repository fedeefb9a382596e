"""`importance.json` of a learner, read for the page."""

from collections.abc import Mapping
from typing import Any

from evaluation.importance import main_metric
from experiment.run.files.digests import retrain
from experiment.run.files.reading import read_json, trusting
from experiment.run.framework_directory import FrameworkDirectory

KEYS = ("metrics", "repeats", "folds", "columns", "rows", "correlated", "weights_sha256")


def read_importance(directory: FrameworkDirectory) -> Mapping[str, Any]:
    """The importance of the columns; `{}` if it was not measured, or is of other weights than those beside it.

    Raises StudyError if it is damaged.
    """
    if not directory.importance.is_file():
        return {}
    cure = f"measure it again: python scripts/evaluate.py {directory.root.parent} --explain"
    found: dict[str, Any] = read_json(directory.importance, cure, *KEYS)
    files = read_json(directory.fits, retrain(directory), "members").get("files", {})
    if files.get(directory.weights.name) != found["weights_sha256"]:
        return {}
    with trusting(directory.importance, cure):
        main_metric(found["metrics"], found["columns"])
        [one["columns"][1] for one in found["correlated"]]
    return found
