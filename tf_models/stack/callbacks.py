"""The callbacks of a run: the k-fold ones, which every run has, and those that its study names."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import keras

from configs.schema import Study
from configs.seats.callbacks import CALLBACKS, OF_EVERY_RUN
from experiment.nets.net_errors import NetError, blamed, explained
from experiment.training.session import Session


def kfold_callbacks(session: Session) -> list[keras.callbacks.Callback]:
    """Rules, record, progress and checkpoints of one stack; their order does not matter."""
    built = [_module(name).build(session) for name in OF_EVERY_RUN]
    return [callback for callback in built if callback is not None]


def study_callbacks(study: Study, session: Session) -> list[keras.callbacks.Callback]:
    """What `build` of each `callbacks/NAME.py` gives, with the study's arguments, in the order of the study.

    Raises ValueError, with the line of that file, if it gives no callback.
    """
    built = []
    for chosen in study.training.callbacks:
        with explained(CALLBACKS, chosen.name, "tensorflow"):
            callback = _module(chosen.name).build(session, **chosen.arguments)
            if not isinstance(callback, keras.callbacks.Callback):
                raise NetError(f"`build` gives {type(callback).__name__}; let it return a keras.callbacks.Callback")
            built.append(callback)
    return built


def import_callbacks(study: Study) -> None:
    """Import the files of the callbacks that the study names. Raises ValueError, with the line, for one that fails."""
    for chosen in study.training.callbacks:
        with explained(CALLBACKS, chosen.name, "tensorflow"):
            _module(chosen.name)


def _module(name: str) -> Any:
    return import_module(f"tf_models.callbacks.{name}")


@contextmanager
def called(study: Study) -> Iterator[None]:
    """Raises ValueError, with the line of the file, for what goes wrong in a callback that the study names."""
    with blamed(CALLBACKS, [chosen.name for chosen in study.training.callbacks], "tensorflow"):
        yield
