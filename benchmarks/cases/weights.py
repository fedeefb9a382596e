"""Train a study, and save the weights of every member: for comparing devices and stacks of other sizes."""

import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.cases.emit import case_parser, case_study, emit
from configs.learners import LEARNERS
from datamodules.fold_data import fold_data
from experiment.run.framework_directory import FrameworkDirectory

if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    study = case_study(arguments.overrides)
    folds = fold_data(study)
    folds = folds if arguments.folds is None else folds.subset(arguments.folds)
    with tempfile.TemporaryDirectory() as folder:
        result = import_module(LEARNERS[arguments.framework].fit).fit(study, folds, FrameworkDirectory(Path(folder)))
    np.savez(arguments.out, **result.weights)
    emit({"steps": result.timing["optimizer_steps"]})
