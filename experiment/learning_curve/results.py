"""`learning_curve.json` and `.csv` of a run, from the predictions that its learners have kept for each size."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from configs.files.atomic import write_json, write_text
from configs.schema import Study
from evaluation.fits import fold_fits
from evaluation.learning_curve import Sized, learning_curve
from evaluation.predictions import parse_predictions
from experiment.learning_curve.sizes import read_sizes, size_directory
from experiment.results.judging import read_fits
from experiment.run.files.digests import retrain, verified
from experiment.run.files.reading import read_json, sealed
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory

Curves = Mapping[str, Mapping[str, Any]]


def keep_curves(run: RunDirectory, study: Study, learners: Sequence[str]) -> Curves:
    """Evaluate the sizes of `learners`, write the curve, and return it by learner; `{}` for a run without sizes.

    Raises:
        StudyError: a file is damaged.
        OSError: they cannot be written.
    """
    sizes = read_sizes(run)
    if not sizes:
        return {}
    known = {name: [_sized(run.framework(name), size) for size in sizes] for name in learners}
    curves = {name: learning_curve(of_learner, study.evaluation) for name, of_learner in known.items()}
    write_json(run.learning_curve, sealed({"learners": curves}))
    write_text(run.learning_curve.with_suffix(".csv"), _csv(curves))
    return curves


def read_curves(run: RunDirectory) -> Curves:
    """The curves that were written last; `{}` if there are none. Raises StudyError if they are damaged."""
    if not run.learning_curve.is_file():
        return {}
    cure = f"re-evaluate the run: python scripts/evaluate.py {run.root}"
    curves: Curves = read_json(run.learning_curve, cure, "learners")["learners"]
    return curves


def _sized(learner: FrameworkDirectory, size: float) -> Sized:
    directory = size_directory(learner, size)
    cure = retrain(learner)
    places = directory.predictions, directory.validation, directory.training
    every, validation, training = (parse_predictions(verified(one, directory), one, cure) for one in places)
    return Sized(size, every, validation, training, fold_fits(read_fits(directory)["members"]))


def _csv(curves: Curves) -> str:
    """A line for each learner, metric, size, and kind of rows, with the mean, its interval, and every fold."""
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    folds = [f"fold_{number}" for number in range(len(next(iter(curves.values()))["folds"]))]
    lines.writerow(["learner", "metric", "rows", "size", "mean_training_rows", "mean", "low", "high", *folds])
    lines.writerows(line for name, curve in curves.items() for line in _lines(name, curve))
    return file.getvalue()


def _lines(name: str, curve: Mapping[str, Any]) -> Iterator[list[Any]]:
    for metric in curve["metrics"]:
        for part in ("scored", "training"):
            for point in curve["sizes"]:
                one, rows = point[metric][part], curve["rows"] if part == "scored" else part
                yield [name, metric, rows, point["size"], point["mean_rows"], one["mean"], *one["ci95"], *one["folds"]]
