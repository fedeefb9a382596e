"""What TensorBoard's own loader finds in a directory, in a process of its own that must do without TensorFlow."""

import json
import subprocess
import sys
from pathlib import Path

READ = """
import json, sys
sys.modules["tensorflow"] = None
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray
events = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
events.Reload()
shown = {}
for tag in events.Tags()["tensors"]:
    data = events.SummaryMetadata(tag).plugin_data
    points = [(e.step, e.wall_time, make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]
    def value(array):
        if array.dtype == object:
            return [part.decode("latin1") for part in array.ravel().tolist()]
        return array.tolist()
    content = data.content.decode("latin1")
    shown[tag] = [data.plugin_name, [(step, wall, value(array)) for step, wall, array in points], content]
if events.Tags()["graph"]:
    shown["graph"] = [[node.name, node.op, list(node.input)] for node in events.Graph().node]
print(json.dumps(shown))
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess:
    """A program in a process of its own; an error of it is one of the test."""
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)


def read(directory: Path) -> dict:
    """`{tag: [plugin, [(step, wall_time, value), ...], metadata]}`, bytes as latin1; `graph` has names, ops, inputs."""
    return json.loads(run(READ, str(directory)).stdout)


def scalars(shown: dict) -> dict[str, dict[int, float]]:
    """Tag -> step -> value."""
    return {tag: {p[0]: p[2] for p in one[1]} for tag, one in shown.items() if one[0] == "scalars"}
