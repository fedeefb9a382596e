"""The names that Keras gives to layers which have none."""

from collections.abc import Iterator
from contextlib import contextmanager

from tf_models.private_names import take_name_counts


@contextmanager
def first_names() -> Iterator[None]:
    """Name layers as if none were there: `dense`, `dense_1`, ... Keras counts all that a process has ever built.

    A weight starts by its name, and lies under it in the files of a run.
    """
    before = take_name_counts()
    try:
        yield
    finally:
        take_name_counts(before)
