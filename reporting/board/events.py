"""Writer of TensorBoard event files by TensorBoard's own protobufs: neither torch nor TensorFlow is needed.

Event files are a view; the record of a run is `history.jsonl`. So a full disk here is a warning, not the end of the
run. Importing this module loads a stub that TensorBoard brings itself, never TensorFlow (measured, and tested).
"""

import itertools
import os
import re
import socket
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT, DT_STRING
from tensorboard.plugins.image import metadata as image_plugin
from tensorboard.plugins.scalar import metadata as scalar_plugin
from tensorboard.plugins.text import metadata as text_plugin

from configs.errors import Notice
from configs.files.real_files import check_folders, make_folder, open_real
from reporting.board.records import write_record

OLD_FOLDER = re.compile(r"folds|fold_\d+(_(repeat|seed|trial)_\d+)*")
"""Folders of event files that version 0.1 made in a framework's directory, beside `result`."""

_file_numbers = itertools.count()


class Png(NamedTuple):
    """A PNG file, and its size in pixels."""

    content: bytes
    width: int
    height: int


class EventWriter:
    """One event file in `directory`, which is made if missing. Also a context manager.

    Raises:
        OSError: the file cannot be created.
    """

    def __init__(self, directory: Path) -> None:
        make_folder(directory, parents=True)
        stamp = f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_file_numbers)}"
        self.path = directory / f"events.out.tfevents.{stamp}"
        self._file = open_real(self.path, "xb")
        self._open = True
        self._described: set[str] = set()
        self._numbers: dict[tuple[str, ...], Event] = {}  # events of numbers, built once and reused
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))
        self.flush()

    def scalars(self, values: Mapping[str, float], step: int, wall_time: float | None = None) -> None:
        """All `values`, tag -> number, as one event at `step`; `wall_time` in seconds since 1970, default now."""
        tags = tuple(values)
        if tags not in self._numbers:
            tensors = [TensorProto(dtype=DT_FLOAT, tensor_shape=_SCALAR, float_val=[0.0]) for _ in tags]
            pairs = zip(tags, tensors, strict=True)
            shown = [Summary.Value(tag=tag, metadata=_NUMBER, tensor=tensor) for tag, tensor in pairs]
            self._numbers[tags] = Event(summary=Summary(value=shown))
        event = self._numbers[tags]
        for shown, number in zip(event.summary.value, values.values(), strict=True):
            shown.tensor.float_val[0] = number
        self._send(event, step, wall_time)

    def image(self, tag: str, picture: Png, step: int) -> None:
        """A picture."""
        parts = [str(picture.width).encode(), str(picture.height).encode(), picture.content]
        tensor = TensorProto(dtype=DT_STRING, tensor_shape=_shape(len(parts)), string_val=parts)
        self.summaries([Summary.Value(tag=tag, metadata=_PICTURE, tensor=tensor)], step)

    def text(self, tag: str, markdown: str, step: int = 0) -> None:
        """`markdown`, tables included, in the text tab."""
        tensor = TensorProto(dtype=DT_STRING, tensor_shape=_SCALAR, string_val=[markdown.encode()])
        self.summaries([Summary.Value(tag=tag, metadata=_TEXT, tensor=tensor)], step)

    def graph(self, graph: GraphDef) -> None:
        """The graph of this directory; TensorBoard shows one."""
        self._write(Event(wall_time=time.time(), graph_def=graph.SerializeToString()))

    def summaries(self, values: Sequence[Summary.Value], step: int, wall_time: float | None = None) -> None:
        """These `values` as one event."""
        self._send(Event(summary=Summary(value=values)), step, wall_time)

    def flush(self) -> None:
        """Flush to the operating system, so that a running TensorBoard can read it."""
        if self._open:
            try:
                self._file.flush()
            except OSError as error:
                self._give_up(error)

    def close(self) -> None:
        """Flush and close; a second call does nothing."""
        self.flush()
        if self._open:
            self._open = False
            self._file.close()

    def __enter__(self) -> "EventWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, event: Event, step: int, wall_time: float | None) -> None:
        """Write an event, with metadata for a tag's first value alone: readers ignore later ones."""
        for value in event.summary.value:
            if value.tag in self._described:
                value.ClearField("metadata")
            self._described.add(value.tag)
        event.step, event.wall_time = step, time.time() if wall_time is None else wall_time
        self._write(event)

    def _write(self, event: Event) -> None:
        if self._open:
            try:
                write_record(self._file, event.SerializeToString())
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._open = False
        self._file.raw.close()  # closing the buffer would fail to write the rest
        warnings.warn(
            f"{self.path}: {error.strerror}; nothing more is written to it, the run goes on", Notice, stacklevel=4
        )


def remove_events(directory: Path) -> None:
    """Remove the event files of `directory`, if it exists. Raises OSError if its path has a link."""
    check_folders(directory / "events")
    for path in directory.glob("events.out.tfevents.*"):
        if path.is_file() and not path.is_symlink():
            path.unlink()


def remove_fold_events(directory: Path) -> None:
    """Remove version 0.1's event files of each fold in `directory`, and folders that are then empty."""
    for folder in directory.glob("fold*/"):
        if OLD_FOLDER.fullmatch(folder.name) and not folder.is_symlink():
            remove_events(folder)
            with suppress(OSError):  # it has other files
                folder.rmdir()


def _shape(*sides: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=side) for side in sides])


_SCALAR = _shape()
_NUMBER = scalar_plugin.create_summary_metadata("", "")
_PICTURE = image_plugin.create_summary_metadata("", "")
_TEXT = text_plugin.create_summary_metadata("", "")
