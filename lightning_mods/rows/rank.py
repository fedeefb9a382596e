"""The process of a device other than the first: `python -m lightning_mods.rows.rank OPTIONS`, started by a `Crew`."""

import os
import sys

# As in `lightning_mods.fit`, before NumPy is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from contextlib import suppress

import torch

from experiment.run.exit_codes import DONE, RunError, code_of, describe
from experiment.training.launch import imported
from experiment.training.workers.crew import READY, line_of
from lightning_mods.fit import check
from lightning_mods.rows.devices import RowDevices
from lightning_mods.rows.module import Follower


def main() -> int:
    """Follow the first process until its line ends; the exit code. What goes wrong here is said to the first one."""
    imported()
    line = line_of(sys.argv)
    share = None
    try:
        with suppress(EOFError, ConnectionError):  # the first process reports what has happened
            study, folds, store, share, uses_gpu = line.recv()
            if uses_gpu:
                torch.cuda.set_device(share.rank)  # first, or this process would hold memory of the first one's GPU
            checked = check(study, folds)
            line.send(READY)
            torch.set_num_threads(max(1, torch.get_num_threads() // share.count))
            Follower(study, folds, checked, RowDevices(store, share, uses_gpu)).follow(line)
        return DONE
    except Exception as error:
        code, place = code_of(error), f"rank {share.rank} of {share.count}: " if share else ""
        with suppress(ConnectionError):
            line.send((code, str(error) if isinstance(error, RunError) else place + describe(error, resumable=True)))
        return code


if __name__ == "__main__":
    sys.exit(main())
