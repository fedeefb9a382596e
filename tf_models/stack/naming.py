"""Automatic layer names of Keras (`dense`, `dense_1`, ...), made independent of the layers built before."""

from collections.abc import Iterator
from contextlib import contextmanager

from tf_models.private_names import take_name_counts


@contextmanager
def first_names() -> Iterator[None]:
    """Name layers as in a new process: `dense`, `dense_1`, ... Keras counts all layers that a process has built.

    A weight starts by its name, and lies under it in the files of a run.
    """
    before = take_name_counts()
    try:
        yield
    finally:
        take_name_counts(before)
