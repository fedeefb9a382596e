"""Computation graph of one member, `graph.json`: written by the framework's process, read for TensorBoard."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from configs.errors import StudyError
from configs.files.atomic import write_json
from configs.schema import Study
from experiment.record.log import log
from experiment.run.files.reading import read_json
from experiment.run.framework_directory import FrameworkDirectory
from reporting.board.graph import Node


def keep_graph(study: Study, directory: FrameworkDirectory, trace: Callable[[], Sequence[Node]]) -> None:
    """Write the result of `trace`, if TensorBoard is enabled; a net that cannot be traced is a line in the log."""
    if not study.output.tensorboard:
        return
    try:
        write_json(directory.graph, [node._asdict() for node in trace()])
    except Exception as error:
        log.info("graph: none is shown, the net cannot be traced (%s)", str(error).partition("\n")[0])


def read_graph(path: Path) -> list[Node]:
    """The nodes of `path`; none if it does not exist. Raises StudyError."""
    if not path.is_file():
        return []
    cure = "remove it, TensorBoard then shows no graph, or train the study again"
    nodes = read_json(path, cure)
    try:
        return TypeAdapter(list[Node]).validate_python(nodes)
    except ValueError as error:
        cause = str(error).partition("\n")[0]
        raise StudyError([f"{path}: is damaged ({cause}); {cure}"]) from error
