"""Resident memory of training on a large table: before, at its peak, and after."""

import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.memory_use import peak_mib, reset_peak, resident_mib
from benchmarks.cases.synthetic import synthetic_folds, synthetic_table
from configs.learners import LEARNERS
from experiment.rules.resources.fitting import member_bytes
from experiment.run.framework_directory import FrameworkDirectory

if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    study = case_study(arguments.overrides)
    room = import_module(LEARNERS[arguments.framework].fit)
    imported = resident_mib()
    table = synthetic_table(arguments.rows, 30)
    read = resident_mib()
    reset_peak()
    folds = synthetic_folds(study, table)
    folds = folds if arguments.folds is None else folds.subset(arguments.folds)
    planned, planning = resident_mib(), peak_mib()
    checked = room.check(study, folds)  # as a run does, while the other framework is imported
    reset_peak()
    with tempfile.TemporaryDirectory() as folder:
        result = room.fit(study, folds, FrameworkDirectory(Path(folder)), checked)
        training, after = peak_mib(), resident_mib()
    emit(
        {
            "members": len(folds.members),
            "member_mib": round(member_bytes(study, folds, checked.cost) / 2**20, 1),
            "imported_mib": imported,
            "table_read_mib": read,
            "planning_peak_mib": planning,
            "planned_mib": planned,
            "training_peak_mib": training,
            "after_mib": after,
            "seconds": result.timing["fit_seconds"],
        }
    )
