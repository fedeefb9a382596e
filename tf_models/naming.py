"""The names that Keras gives to layers which have none."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from keras.src.backend.common import global_state

_COUNTS = "object_name_uids"


@contextmanager
def first_names() -> Iterator[None]:
    """Name layers as if none were there: `dense`, `dense_1`, ... Keras counts all that a process has ever built.

    A weight starts by its name, and lies under it in the files of a run.
    """
    before = global_state.get_global_attribute(_COUNTS)
    global_state.set_global_attribute(_COUNTS, defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute(_COUNTS, before)
