"""Rows per second that reach the network: planned chunks and one gather, or a DataLoader over TensorDataset."""

import time
from collections.abc import Callable, Iterator
from itertools import count

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.synthetic import synthetic_folds, synthetic_table
from configs.learners import LEARNERS
from configs.schema import Study
from datamodules.fold_data import FoldData

Epoch = Callable[[], int]


def lightning_ways(study: Study, folds: FoldData) -> dict[str, Epoch]:
    """Both on the CPU, in this process; features and targets of every row."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    from datamodules.lightning import FoldDataModule

    features, targets = torch.as_tensor(folds.table.features), torch.as_tensor(folds.table.targets)
    chunks = FoldDataModule(study, folds).train_dataloader()
    numbers = count()

    def ours() -> int:
        chunks.set_epoch(next(numbers))
        return sum(features[rows].shape[:3].numel() + 0 * targets[rows].numel() for rows, *_ in chunks)

    def loader() -> int:
        batches = DataLoader(TensorDataset(features, targets), batch_size=study.training.batch_size, shuffle=True)
        return sum(len(batch) for batch, _ in batches)

    return {"torch: chunks and a gather": ours, "torch: DataLoader, TensorDataset": loader}


def tensorflow_ways(study: Study, folds: FoldData) -> dict[str, Epoch]:
    """The same with tf.data."""
    import tensorflow as tf

    from datamodules.tensorflow import train_dataset

    features, targets = tf.constant(folds.table.features), tf.constant(folds.table.targets)
    dataset, plan = train_dataset(study, folds)
    endless: Iterator = iter(dataset)

    def ours() -> int:
        total = 0
        for _ in range(plan.chunks):
            rows, *_ = next(endless)
            tf.gather(targets, rows)
            total += int(tf.size(tf.gather(features, rows)[..., 0]))
        return total

    def batches() -> int:
        shuffled = tf.data.Dataset.from_tensor_slices((features, targets)).shuffle(len(targets))
        return sum(len(batch) for batch, _ in shuffled.batch(study.training.batch_size).prefetch(tf.data.AUTOTUNE))

    return {"tf.data: chunks and a gather": ours, "tf.data: shuffle and batch": batches}


def rate(epoch: Epoch) -> float:
    """Rows per second of one epoch."""
    started = time.perf_counter()
    rows = epoch()
    return rows / (time.perf_counter() - started)


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=100_000)
    arguments = parser.parse_args()
    study = case_study(arguments.overrides)
    folds = synthetic_folds(study, synthetic_table(arguments.rows, 30))
    ways = {"lightning": lightning_ways, "tensorflow": tensorflow_ways}[arguments.framework](study, folds)
    for epoch in ways.values():
        epoch()
    emit({"rounds": [{name: rate(epoch) for name, epoch in ways.items()} for _ in range(arguments.rounds)]})
