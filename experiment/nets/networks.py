"""Trained networks of a run, loaded from `weights.safetensors`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from configs.errors import StudyError
from configs.schema import Study
from datamodules.inputs.statistics import FoldStatistics
from datamodules.schema import Column
from evaluation.keys import Key, key_of, named
from experiment.nets.layout import Layout
from experiment.results.failures import failures
from experiment.results.judging import read_metrics, rejudge
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.files.digests import retrain, verified
from experiment.run.files.reading import trusting
from experiment.run.files.schema_file import columns_of
from experiment.run.files.tensors import parse_tensors
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory


class Header(BaseModel):
    """Metadata of a file of weights."""

    task: Literal["binary", "multiclass", "regression"]
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    members: list[dict[str, int]]


@dataclass(frozen=True, eq=False)
class Networks:
    """Trained members of a run, failed ones left out.

    Attributes:
        study: the study that they were trained with.
        task: "binary", "multiclass" or "regression".
        classes: class names by index; `()` for regression.
        columns: names of their inputs, in order.
        weights: by portable name, `(members, *shape)`.
        statistics: statistics of each member's inputs and target.
        keys: key of each member.
        failed: reason of each failed member, by key.
        schema: types of the columns.
        formats: how dates and numbers of the file are written, by column.
    """

    study: Study
    task: str
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    weights: Mapping[str, NDArray]
    statistics: FoldStatistics
    keys: tuple[Key, ...]
    failed: Mapping[Key, str]
    schema: tuple[Column, ...]
    formats: Mapping[str, str]

    @property
    def members(self) -> int:
        """Number of members."""
        return len(self.statistics.center)

    @property
    def outputs(self) -> int:
        """Outputs of each member."""
        return len(self.classes) if self.task == "multiclass" else 1

    def only(self, fold: int, repeat: int | None = None, seed: int | None = None) -> "Networks":
        """The network of one fold alone; `repeat` and `seed` where a fold has several.

        Raises StudyError, also if it has failed.
        """
        asked = {"seed": seed, "repeat": repeat, "fold": fold}
        found = [place for place, key in enumerate(self.keys) if _is_meant(key, asked)]
        if len(found) == 1:
            weights = {name: array[found] for name, array in self.weights.items()}
            statistics, keys = self.statistics.subset(found), (self.keys[found[0]],)
            return replace(self, weights=weights, statistics=statistics, keys=keys)
        place = f"{self.study.name}: " + " ".join(f"{name} {one}" for name, one in asked.items() if one is not None)
        if found:
            several = "; ".join(", ".join(f"{n}={v}" for n, v in named(self.keys[one]).items()) for one in found)
            raise StudyError([f"{place} has {len(found)} networks ({several}); say which by repeat and seed"])
        for key, reason in self.failed.items():
            if _is_meant(key, asked):
                raise StudyError([f"{place} has failed: {reason}; take another fold"])
        folds = ", ".join(map(str, sorted({key[2] for key in self.keys})))
        raise StudyError([f"{place} is not in this run; its folds are {folds}"])

    def flat(self, layout: Layout) -> NDArray:
        """The weights as `(members, size)`. Raises StudyError if the net's parameters have changed since."""
        try:
            return layout.flatten(self.weights)
        except ValueError as error:
            cause = f"the net '{self.study.model.net}' is not the one that was trained: {error}"
            raise StudyError([f"{cause}; put its file back, or train the study again"]) from error


def load_networks(directory: FrameworkDirectory) -> Networks:
    """Load the networks that a framework has trained.

    Raises:
        RunError: it is not trained or not evaluated yet, or every fold of it has failed.
        StudyError: a file is damaged.
    """
    run = RunDirectory(directory.root.parent)
    if not directory.fits.is_file() and not (directory.weights.is_file() and directory.metrics.is_file()):
        cause = f"has no networks yet; finish it with train.py --resume {run.root}"
        raise RunError(WRONG_STUDY, f"{directory.root}: {cause}")
    if run.load_study().search and not directory.weights.is_file():
        cause = "is a search, whose folds have networks of several settings"
        cure = f"train its best one, and predict with that: python scripts/train.py {run.root / 'best.yaml'}"
        raise RunError(WRONG_STUDY, f"{run.root}: {cause}; {cure}")
    content = verified(directory.weights, directory)
    metrics = read_metrics(directory)
    with trusting(directory.metrics, rejudge(directory)):
        failed = {key_of(one): str(one["reason"]) for one in metrics["failed"]}
        judged = sorted(key_of(fold) for fold in metrics["folds"])
        reasons = failures({directory.name: metrics})
    if len(failed) == len(judged):
        cause = f"has no usable network; {reasons[0] if reasons else 'the cause is not recorded'}"
        raise RunError(WRONG_STUDY, f"{directory.root}: {cause}; then train the study again")
    known, arrays = _parsed(content, directory)
    keys = [key_of(member) for member in known.members]
    if sorted(keys) != judged:
        cause = "has other folds than weights.safetensors"
        raise StudyError([f"{directory.metrics}: {cause}; {rejudge(directory)}"])
    chosen = [place for place, key in enumerate(keys) if key not in failed]
    arrays = {name: array[chosen] for name, array in arrays.items()}
    found = {field.name: arrays.pop(f"inputs.{field.name}", None) for field in fields(FoldStatistics)}
    statistics = FoldStatistics(**{name: array for name, array in found.items() if array is not None})
    kept = tuple(keys[place] for place in chosen)
    typed = columns_of(run, known.columns)
    return Networks(
        run.load_study(), known.task, known.classes, known.columns, arrays, statistics, kept, failed, *typed
    )


def _is_meant(key: Key, asked: Mapping[str, int | None]) -> bool:
    return all(one is None or one == own for one, own in zip(asked.values(), key, strict=True))


def _parsed(content: bytes, directory: FrameworkDirectory) -> tuple[Header, dict[str, NDArray]]:
    """The metadata and the arrays of a file of weights. Raises StudyError if they do not belong together."""
    try:
        arrays, metadata = parse_tensors(content)
        known = Header.model_validate_json(metadata["twinfold"])
        if not all({"seed", "repeat", "fold"} <= member.keys() for member in known.members):
            raise ValueError("it does not say whose weights they are")
        _check_shapes(arrays, len(known.members), len(known.columns))
    except (LookupError, ValueError) as error:
        cause = f"not a whole file of weights ({str(error).partition(chr(10))[0]})"
        raise StudyError([f"{directory.weights}: {cause}; {retrain(directory)}"]) from error
    return known, arrays


def _check_shapes(arrays: Mapping[str, NDArray], members: int, columns: int) -> None:
    """Raises ValueError if an array does not have all members, or a statistic not all inputs or columns."""
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("target_center", "target_scale"), (members,))
    if "inputs.target_log" in arrays:
        shapes |= {"target_log": (members,), "target_quantiles": (members, arrays["inputs.target_quantiles"].shape[-1])}
    encodes = "inputs.source" in arrays  # else it is of version 0.1, where the inputs are the columns
    width = arrays["inputs.fill"].shape[-1] if encodes else columns
    shapes |= dict.fromkeys(("fill", "center", "scale", "keep"), (members, width))
    shapes |= {"offset": (members, width)} if "inputs.offset" in arrays else {}
    if encodes:
        shapes |= dict.fromkeys(("source", "level", "bound"), (members, width)) | {"slots": (members, columns)}
        shapes["recode"] = (members, int(arrays["inputs.slots"].reshape(-1, columns)[0].sum()))
        numbers, quantiles = int(np.isnan(arrays["inputs.level"][0]).sum()), arrays["inputs.quantiles"].shape[-1]
        shapes["quantiles"] = (members, quantiles if numbers and quantiles % numbers == 0 else 0)
        if not np.isin(arrays["inputs.source"], np.arange(columns)).all():
            raise ValueError(f"'inputs.source' must name one of {columns} columns")
    for name, shape in shapes.items():
        if arrays[f"inputs.{name}"].shape != shape:
            raise ValueError(f"'inputs.{name}' must be {shape}, received {arrays[f'inputs.{name}'].shape}")
    for name, array in arrays.items():
        if array.shape[:1] != (members,) or array.dtype.kind != "f":
            raise ValueError(f"'{name}' is not of {members} members, or has no numbers")
