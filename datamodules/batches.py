"""Mini-batches as index plans: the rows of each member in each step, the same for both frameworks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.member import Member
from datamodules.folds.random_streams import ORDER, member_stream

Rows = NDArray[np.int32]
MAX_KEY = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Chunk:
    """Several optimizer steps of all members; the frameworks' loops see it as one batch.

    Attributes:
        rows: int32 `(steps, members, batch)`, indices into the table; padding is a training row of the member.
        weights: float32 `(steps, members, batch)`, how much a row weighs in its member's loss, 1 if all weigh the same,
            and 0 for padding. A member whose weights are all 0 in a step takes no step.
        keys: int32 `(steps, members, 2)`, never negative: the address of the step's dropout masks.
    """

    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    keys: NDArray[np.int32]


def num_steps(train_rows: Sequence[Rows], batch_size: int) -> int:
    """Optimizer steps in one epoch of the stack: those of its largest member."""
    return max((-(-len(rows) // batch_size) for rows in train_rows), default=0)


def epoch_chunks(
    train_rows: Sequence[Rows],
    members: Sequence[Member],
    epoch: int,
    batch_size: int,
    steps_per_chunk: int,
    weights: NDArray[np.float32] | None = None,
    classes: NDArray[np.int32] | None = None,
) -> Iterator[Chunk]:
    """The chunks of one epoch, each of `steps_per_chunk` steps, the last of what is left.

    An epoch has each of a member's rows once, in a random order; if `classes` are given, as many rows as these, drawn
    with replacement, each of any class of the member with the same probability.
    A member's order and keys are drawn from its own stream at `(ORDER, epoch)`: they do not depend on the other
    members of the stack. Memory: one int32 per member and row.

    Args:
        train_rows: for each member, int32 `(rows of the member,)`.
        members: keys of the random streams, aligned with `train_rows`.
        epoch: counted from 0.
        batch_size: rows per member and step.
        steps_per_chunk: steps in a chunk, at least 1.
        weights: `(members, rows of the table)`, how much each row weighs in the loss of each member; None: 1.
        classes: `(rows of the table,)`, class indices, to draw by.
    """
    assert batch_size >= 1
    assert steps_per_chunk >= 1
    steps = num_steps(train_rows, batch_size)
    orders = _padding(train_rows, steps * batch_size)
    keys = np.zeros((steps, len(members), 2), np.int32)
    for index, (member, rows) in enumerate(zip(members, train_rows, strict=True)):
        generator = member_stream(member, ORDER, epoch)
        orders[index, : len(rows)] = _shuffled(rows, generator) if classes is None else _drawn(rows, classes, generator)
        own_steps = num_steps([rows], batch_size)
        keys[:own_steps, index] = generator.integers(0, MAX_KEY, 2 * own_steps, np.int32, True).reshape(-1, 2)
    counts = np.array([len(rows) for rows in train_rows])
    for start in range(0, steps, steps_per_chunk):
        stop = min(start + steps_per_chunk, steps)
        yield Chunk(*_window(orders, counts, start, stop, batch_size, weights), keys[start:stop])


def _shuffled(rows: Rows, generator: np.random.Generator) -> NDArray[np.int64]:
    order = rows.astype(np.int64)  # shuffled in half the time of int32, in the same order
    generator.shuffle(order)
    return order


def _drawn(rows: Rows, classes: NDArray[np.int32], generator: np.random.Generator) -> Rows:
    """As many rows as there are, with replacement: first a class, each with the same probability, then a row of it."""
    _, starts, counts = np.unique(np.sort(classes[rows]), return_index=True, return_counts=True)
    chosen = generator.integers(0, max(1, len(starts)), len(rows))
    places = starts[chosen] + generator.integers(0, counts[chosen])
    return rows[np.argsort(classes[rows], kind="stable")[places]]


def evaluation_chunks(rows: Sequence[Rows], batch: int) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Every row of every member exactly once and in order: int32 rows and float32 weights, `(members, batch)`."""
    assert batch >= 1
    steps = num_steps(rows, batch)
    counts = np.array([len(own) for own in rows])
    for step in range(steps):
        padded = _padding(rows, batch)
        for index, own in enumerate(rows):
            window = own[step * batch : (step + 1) * batch]
            padded[index, : len(window)] = window
        yield padded, _weights(counts, step * batch, (step + 1) * batch)


def _padding(rows: Sequence[Rows], length: int) -> NDArray[np.int32]:
    """Padding with each member's own first row, `(members, length)`: no member reads rows of another."""
    first = np.array([own[0] if len(own) else 0 for own in rows], np.int32)
    return np.repeat(first[:, None], length, axis=1)


def _window(
    orders: NDArray[np.int32],
    counts: NDArray[np.int64],
    start: int,
    stop: int,
    batch: int,
    row_weights: NDArray[np.float32] | None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Steps `start` to `stop` of padded orders `(members, steps * batch)`, as `(steps, members, batch)`."""
    shape = (len(orders), stop - start, batch)
    rows, weights = orders[:, start * batch : stop * batch], _weights(counts, start * batch, stop * batch)
    if row_weights is not None:
        weights *= np.take_along_axis(row_weights, rows, axis=1)
    rows, weights = rows.reshape(shape).transpose(1, 0, 2), weights.reshape(shape).transpose(1, 0, 2)
    return np.ascontiguousarray(rows), np.ascontiguousarray(weights)


def _weights(counts: NDArray[np.int64], start: int, stop: int) -> NDArray[np.float32]:
    """1 where position `start..stop` is a row of the member and 0 where it is padding: `(members, stop - start)`."""
    return (np.arange(start, stop) < counts[:, None]).astype(np.float32)
