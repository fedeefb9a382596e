"""How the stacks of a study are made: on one device, or on several that share the rows of every batch."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.rules.resources.row_shares import RowShare, num_shares
from experiment.training.workers.crew import crew
from lightning_mods.module import FoldModule
from lightning_mods.rows.devices import RowDevices
from lightning_mods.rows.module import RowsModule


@contextmanager
def stacks(study: Study, folds: FoldData, uses_gpu: bool) -> Iterator[Callable[..., FoldModule]]:
    """The constructor of stacks of members of `folds`, called as the class of stacks on one device is.

    Raises StudyError for more GPUs than there are, RunError if the process of another device has ended.
    """
    count = num_shares(study, torch.cuda.device_count() if uses_gpu else 0)
    if count == 1:
        yield FoldModule
        return
    with TemporaryDirectory() as folder, crew("lightning", f"{__package__}.rank", count - 1) as others:
        store, threads = Path(folder) / "store", torch.get_num_threads()
        for rank, line in enumerate(others.lines, 1):
            line.send((study, folds, store, RowShare(rank, count), uses_gpu))
        others.wait()  # until they have tried the net
        torch.set_num_threads(max(1, threads // count))
        try:
            with closing(RowDevices(store, RowShare(0, count), uses_gpu, others.lines)) as devices:
                yield partial(RowsModule, devices=devices)
        finally:
            torch.set_num_threads(threads)
