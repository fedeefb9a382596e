"""Communication of the devices that share the rows of a batch (torch.distributed): sums, gathered rows, broadcasts."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

import torch
import torch.distributed as dist
from torch import Tensor

from experiment.rules.resources.out_of_memory import is_out_of_memory
from experiment.rules.resources.row_shares import RowShare

LOOPBACK = {"linux": "lo", "darwin": "lo0"}
"""The interface by which processes of one machine reach each other, whatever its name resolves to."""
PATIENCE = timedelta(hours=1)


class Apart(ConnectionError):
    """Another device cannot be reached any more."""


class RowDevices:
    """A process group of its own: torch's default one would make metrics of any callback wait for all processes."""

    def __init__(self, store: Path, share: RowShare, uses_gpu: bool = False, lines: Sequence[Connection] = ()) -> None:
        """Join the process group by the file `store`, once all are there. The first one has `lines` to all others."""
        self.share, self.lines = share, lines
        self.device = torch.device("cuda", share.rank) if uses_gpu else torch.device("cpu")
        self.group: Any  # the types of torch leave out what all backends have
        meeting = dist.FileStore(str(store), share.count)
        if uses_gpu:
            torch.cuda.set_device(self.device)
            os.environ.setdefault("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0")  # it aborts; a `Crew` says who has ended
            nccl: Any = dist.ProcessGroupNCCL
            self.group = nccl(meeting, share.rank, share.count, PATIENCE)
        else:
            os.environ.setdefault("GLOO_SOCKET_IFNAME", LOOPBACK.get(sys.platform, ""))
            self.group = dist.ProcessGroupGloo(meeting, share.rank, share.count, PATIENCE)
        self.total(torch.zeros(1, 1, device=self.device), torch.zeros(1, device=self.device))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy of a module has the same devices."""
        return self

    def say(self, word: str, *values: object) -> None:
        """Send a command to the other devices."""
        for line in self.lines:
            line.send((word, *values))

    def total(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Sums over all devices of gradients `(members, size)` and losses `(members,)`."""
        both = torch.cat([gradients, losses[:, None]], 1)
        self._done(partial(self.group.allreduce, [both]))
        return both[:, :-1], both[:, -1]

    def joined(self, logits: Tensor, rows: int) -> Tensor:
        """Shares `(members, share, outputs)` of all devices -> `(members, rows, outputs)`, without padding."""
        parts = [torch.empty_like(logits) for _ in range(self.share.count)]
        self._done(partial(self.group.allgather, [parts], [logits.contiguous()]))
        return torch.cat(parts, 1)[:, :rows]

    def copy(self, tensors: list[Tensor]) -> None:
        """Give all devices the tensors of the first, where they lie."""
        for tensor in tensors:
            self._done(partial(self.group.broadcast, tensor, 0))

    def close(self) -> None:
        """Leave the group, before its store and the other processes go; nothing may be under way."""
        if self.device.type == "cuda":
            self.group.abort()

    def _done(self, work: Callable[[], dist.Work]) -> None:
        try:
            work().wait()
        except RuntimeError as error:  # gloo and NCCL have no kind of their own for it
            if is_out_of_memory(error):
                raise
            raise Apart(str(error).partition("\n")[0]) from error
