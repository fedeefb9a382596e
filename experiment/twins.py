"""Whether both frameworks train the same network: what the second has against what the first has left behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from configs.errors import StudyError
from configs.nets import FOLDERS
from configs.schema import Study
from experiment.layout import Layout
from experiment.run_directory import FrameworkDirectory

SHOWN = 3


@dataclass(frozen=True)
class Twin:
    """The other framework's `weights` of a run, which are there once it has trained; `own` is this framework."""

    net: str
    own: str
    weights: Path

    def compare(self, layout: Layout) -> None:
        """Raises StudyError if parameters of the twin have other names or shapes than those of `layout`."""
        if not self.weights.is_file():
            return
        here, there = set(zip(layout.names, layout.shapes, strict=True)), set(parameters_of(self.weights))
        if here != there:
            sides = [here - there if framework == self.own else there - here for framework in FOLDERS]
            shown = " | ".join(_shown(side) for side in sides)
            cause = f"the twins of net '{self.net}' have different parameters: {shown}"
            raise StudyError([f"{cause}; give Keras layers the names that torch has"])


def twin_of(study: Study, directory: FrameworkDirectory) -> Twin:
    """The twin of what trains in `directory`."""
    other = next(framework for framework in FOLDERS if framework != directory.name)
    twin = FrameworkDirectory(directory.root.parent / other)
    return Twin(study.model.net, directory.name, twin.weights)


def parameters_of(path: Path) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of the network in a file of weights, of one member; no array is read. Raises StudyError."""
    try:
        with safe_open(path, "numpy") as file:
            names = [name for name in file.keys() if not name.startswith("inputs.")]  # noqa: SIM118
            return [(name, tuple(file.get_slice(name).get_shape()[1:])) for name in names]
    except (SafetensorError, OSError) as error:
        raise StudyError([f"{path}: not a whole file of weights ({error}); train the study again"]) from error


def _shown(parameters: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    """The first few, kernels before biases, since they tell more."""
    ordered = sorted(parameters, key=lambda one: (-len(one[1]), one))
    words = [f"{name} {shape}" for name, shape in ordered[:SHOWN]]
    return ", ".join([*words, *["..."] * (len(ordered) > SHOWN)]) or "no more"
