"""Seconds of an epoch of stacks of several sizes, one after the other, round after round, in one process.

Stacks of one process have to be small enough for one thread, or all too large for it: TensorFlow keeps its threads.
"""

from importlib import import_module
from statistics import median

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.synthetic import synthetic_folds, synthetic_table
from configs.learners import LEARNERS
from datamodules.fold_data import FoldData, fold_data, training_plan
from experiment.rules.resources.fitting import num_blocks

if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--members", type=int, nargs="+", required=True, help="sizes of the stacks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10, help="of each stack in each round")
    parser.add_argument("--rows", type=int, nargs=2, metavar=("ROWS", "COLUMNS"), help="of a table in memory")
    arguments = parser.parse_args()
    study = case_study(arguments.overrides)
    everybody: FoldData = (
        synthetic_folds(study, synthetic_table(*arguments.rows)) if arguments.rows else fold_data(study)
    )
    stack_class = import_module(f"benchmarks.cases.stack_{arguments.framework}").TimedStack
    stacks = {size: stack_class(study, everybody.subset(range(size))) for size in arguments.members}
    for stack in stacks.values():
        stack.epochs(1)
    seconds: dict[int, list[float]] = {size: [] for size in stacks}
    for _ in range(arguments.rounds):
        for size, stack in stacks.items():
            seconds[size].append(median(stack.epochs(arguments.epochs)))
    steps = training_plan(everybody, study.training).steps
    batch = study.training.batch_size
    cores = {size: max(stack.threads, num_blocks(size, stack.weights, batch)) for size, stack in stacks.items()}
    emit({"steps": steps, "epoch_seconds": seconds, "cores": cores})
