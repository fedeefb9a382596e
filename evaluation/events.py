"""TensorBoard event files from TensorBoard's own protobufs: neither torch nor TensorFlow is needed.

Event files are a view; the record of a run is `history.jsonl`. So a full disk here is a warning, not the end of the
run. Importing this module loads a stub that TensorBoard brings itself, never TensorFlow (measured, and tested).
"""

import io
import itertools
import os
import socket
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT, DT_STRING
from tensorboard.plugins.image import metadata as image_plugin
from tensorboard.plugins.scalar import metadata as scalar_plugin
from tensorboard.plugins.text import metadata as text_plugin
from tensorboard.summary.writer.record_writer import RecordWriter

_file_numbers = itertools.count()


class EventWriter:
    """One event file in `directory`, which is made if need be. Also a context manager.

    Raises:
        OSError: the file cannot be created.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        stamp = f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_file_numbers)}"
        self.path = directory / f"events.out.tfevents.{stamp}"
        self._file = self.path.open("xb")
        self._records = RecordWriter(self._file)
        self._open = True
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))
        self.flush()

    def scalars(self, values: Mapping[str, float], step: int, wall_time: float | None = None) -> None:
        """All `values`, tag -> number, as one event at `step`; `wall_time` in seconds since 1970, default now."""
        tensors = {tag: TensorProto(dtype=DT_FLOAT, tensor_shape=_SCALAR, float_val=[v]) for tag, v in values.items()}
        self._summary(tensors, scalar_plugin.create_summary_metadata("", ""), step, wall_time)

    def image(self, tag: str, figure: Figure, step: int) -> None:
        """`figure` as a PNG."""
        png = io.BytesIO()
        figure.savefig(png, format="png")
        width, height = (int(side) for side in figure.bbox.size)
        parts = [str(width).encode(), str(height).encode(), png.getvalue()]
        tensor = TensorProto(dtype=DT_STRING, tensor_shape=_shape(len(parts)), string_val=parts)
        self._summary({tag: tensor}, image_plugin.create_summary_metadata("", ""), step)

    def text(self, tag: str, markdown: str, step: int = 0) -> None:
        """`markdown`, tables included, on the text page."""
        tensor = TensorProto(dtype=DT_STRING, tensor_shape=_SCALAR, string_val=[markdown.encode()])
        self._summary({tag: tensor}, text_plugin.create_summary_metadata("", ""), step)

    def flush(self) -> None:
        """Hand what was written to the operating system, so that a running TensorBoard sees it."""
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

    def _summary(
        self, tensors: Mapping[str, TensorProto], metadata: SummaryMetadata, step: int, wall_time: float | None = None
    ) -> None:
        values = [Summary.Value(tag=tag, metadata=metadata, tensor=tensor) for tag, tensor in tensors.items()]
        moment = time.time() if wall_time is None else wall_time
        self._write(Event(wall_time=moment, step=step, summary=Summary(value=values)))

    def _write(self, event: Event) -> None:
        if self._open:
            try:
                self._records.write(event.SerializeToString())
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._open = False
        self._file.raw.close()  # closing the buffer would try, and fail, to write the rest
        warnings.warn(f"{self.path}: {error.strerror}; nothing more is written to it, the run goes on", stacklevel=4)


def _shape(*sides: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=side) for side in sides])


_SCALAR = _shape()
