"""Facts of a run: rows and columns, classes, fold sizes, seeds, number of parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from configs.schema import Study
from datamodules.folds.plan import FoldPlan, Role
from evaluation.fits import count_targets, fold_fits
from experiment.results.judging import read_fits
from experiment.results.saved import SavedResults
from experiment.run.files.schema_file import read_schema
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory
from experiment.run.selected_columns import selected_columns
from reporting.page.sections.record import RunFacts

ROLES = (Role.train, Role.validation, Role.scored, Role.test)


def run_facts(run: RunDirectory, study: Study, results: Mapping[str, SavedResults]) -> RunFacts:
    """Read the facts from the run's files, `results` those of its networks; those of a missing file are left out.

    Raises StudyError for files that are damaged.
    """
    plan, directories = run.load_plan(), [one.directory for one in results.values()]
    shapes = [weight_shapes(directory) for directory in directories]
    counts = {one.name: num_parameters(own) for one, own in zip(directories, shapes, strict=True)}
    return RunFacts(
        rows=plan.roles.shape[1],
        columns=num_columns(run, shapes[0]),
        classes=class_counts(next(iter(results.values()))),
        sizes={role.name: fold_sizes(plan, role) for role in ROLES},
        seeds=tuple(sorted({member.seed for member in plan.members})),
        net=study.model.net,
        parameters={name: count for name, count in counts.items() if count},
        selected=selected_columns(run, study, directories[0]),
    )


def fold_sizes(plan: FoldPlan, role: Role) -> tuple[int, int]:
    """The fewest and the most rows that have `role` in a fold."""
    counts = (plan.roles == role).sum(axis=1)
    return int(counts.min()), int(counts.max())


def class_counts(saved: SavedResults) -> dict[str, int]:
    """Rows of each class among those with a role for the last member; `{}` in a regression.

    In a time series only the last fold uses every row.
    """
    predictions = saved.predictions
    if predictions.task == "regression" or not saved.directory.validation.is_file():
        return {}
    fit = fold_fits(read_fits(saved.directory)["members"])[-1]
    counts = np.array(fit.train_targets)
    for rows in (saved.validation, predictions):
        counts = counts + count_targets(rows.of_member(*fit.key).target, rows.task, rows.classes)
    return dict(zip(predictions.classes, counts.astype(int).tolist(), strict=True))


def weight_shapes(directory: FrameworkDirectory) -> dict[str, Sequence[int]]:
    """Shapes of the weights and of the input statistics, by portable name, members first; `{}` without saved ones."""
    if not directory.weights.is_file() or directory.weights.is_symlink():
        return {}
    try:
        with safe_open(directory.weights, "numpy") as file:
            names: list[Any] = list(file.keys())
            return {name: file.get_slice(name).get_shape() for name in names}
    except (SafetensorError, OSError):
        return {}


def num_columns(run: RunDirectory, shapes: Mapping[str, Sequence[int]]) -> int | None:
    """Number of input columns of the table, a date being one; without `schema.json` from the input statistics."""
    if schema := read_schema(run):
        return len({column.source for column in schema.columns})
    shape = shapes.get("inputs.slots") or shapes.get("inputs.fill")  # runs of version 0.1 have no slots
    return shape[1] if shape else None


def num_parameters(shapes: Mapping[str, Sequence[int]]) -> int:
    """Trainable parameters of one member."""
    return sum(int(np.prod(shape[1:])) for name, shape in shapes.items() if not name.startswith("inputs."))
