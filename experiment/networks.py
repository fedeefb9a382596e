"""The networks of a run, as they lie in `weights.safetensors`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from configs.errors import StudyError
from configs.schema import Study
from datamodules.statistics import FoldStatistics
from evaluation.keys import key_of
from experiment.exit_codes import WRONG_STUDY, RunError
from experiment.failures import failures
from experiment.judging import read_metrics
from experiment.layout import Layout
from experiment.run_directory import FrameworkDirectory, RunDirectory

RETRAIN = "train the study again"


@dataclass(frozen=True, eq=False)
class Networks:
    """Every member of a run that has not failed.

    Attributes:
        study: what they were trained by.
        task: "binary", "multiclass" or "regression".
        classes: class names by index; `()` for regression.
        columns: names of their inputs, in order.
        weights: by portable name, `(members, *shape)`.
        statistics: what each member knows of its inputs and of the target.
    """

    study: Study
    task: str
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    weights: Mapping[str, NDArray]
    statistics: FoldStatistics

    @property
    def members(self) -> int:
        """How many there are."""
        return len(self.statistics.center)

    @property
    def outputs(self) -> int:
        """Outputs of each."""
        return len(self.classes) if self.task == "multiclass" else 1

    def flat(self, layout: Layout) -> NDArray:
        """The weights as `(members, size)`. Raises StudyError if the net has other parameters by now."""
        try:
            return layout.flatten(self.weights)
        except ValueError as error:
            cause = f"the net '{self.study.model.net}' is not the one that was trained: {error}"
            raise StudyError([f"{cause}; put its file back, or {RETRAIN}"]) from error


def load_networks(directory: FrameworkDirectory) -> Networks:
    """What a framework has trained.

    Raises:
        RunError: it has not trained or is not judged yet, or every fold of it has failed.
        StudyError: a file is damaged.
    """
    run = RunDirectory(directory.root.parent)
    if not directory.weights.is_file() or not directory.metrics.is_file():
        cause = f"has no networks yet; finish it with train.py --resume {run.root}"
        raise RunError(WRONG_STUDY, f"{directory.root}: {cause}")
    metrics = read_metrics(directory)
    failed = [key_of(one) for one in metrics["failed"]]
    if len(failed) == len(metrics["folds"]):
        cause = f"has no network to ask; {failures({directory.name: metrics})[0]}"
        raise RunError(WRONG_STUDY, f"{directory.root}: {cause}; then {RETRAIN}")
    try:
        with safe_open(directory.weights, "numpy") as file:
            known = json.loads(file.metadata()["twinfold"])
            chosen = [place for place, member in enumerate(known["members"]) if key_of(member) not in failed]
            arrays = {name: file.get_tensor(name)[chosen] for name in file.keys()}  # noqa: SIM118
        statistics = {field.name: arrays.pop(f"inputs.{field.name}") for field in fields(FoldStatistics)}
        task, classes, columns = known["task"], tuple(known["classes"]), tuple(known["columns"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, IndexError) as error:
        cause = str(error).partition("\n")[0]
        raise StudyError([f"{directory.weights}: not a whole file of weights ({cause}); {RETRAIN}"]) from error
    return Networks(run.load_study(), task, classes, columns, arrays, FoldStatistics(**statistics))
