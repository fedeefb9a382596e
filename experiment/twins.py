"""Whether both frameworks train the same network: what each of them has tried before it trains, side by side."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from configs.atomic import write_bytes
from configs.errors import StudyError
from configs.nets import FOLDERS
from configs.schema import Study
from experiment.layout import Layout
from experiment.net_trial import Trial, difference
from experiment.run_directory import FrameworkDirectory, RunDirectory

SHOWN = 3
EQUAL = {32: 1e-4, 64: 1e-4, "bf16": 0.1, "tf32": 0.1}
"""Largest difference between the answers of twins, as a share of the largest answer, by `training.precision`.

In float32 equal nets are 6e-7 apart at most, in bfloat16 0.008; another epsilon in a LayerNorm makes 8e-4.
"""


def keep_trial(trial: Trial, path: Path) -> None:
    """Write what a net has tried. Raises OSError."""
    parameters = json.dumps(list(zip(trial.layout.names, trial.layout.shapes, strict=True)))
    write_bytes(path, save({"answers": trial.answers}, {"parameters": parameters}))


def read_trial(path: Path) -> Trial:
    """What `keep_trial` has written. Raises StudyError if it is damaged."""
    try:
        with safe_open(path, "numpy") as file:
            names, shapes = zip(*json.loads(file.metadata()["parameters"]), strict=True)
            return Trial(Layout(names, tuple(map(tuple, shapes))), file.get_tensor("answers"))
    except (SafetensorError, OSError, TypeError, KeyError, ValueError) as error:
        raise StudyError([f"{path}: is damaged ({error}); remove it, and go on with --resume"]) from error


def trials(run: RunDirectory, study: Study) -> dict[str, Trial]:
    """What the frameworks of a run have tried so far, by name; an older version has kept nothing. Raises StudyError."""
    files = {name: FrameworkDirectory(run.root / name).trial for name in study.frameworks}
    return {name: read_trial(file) for name, file in files.items() if file.is_file()}


def check_parameters(tried: Mapping[str, Trial], net: str) -> None:
    """Raises StudyError if parameters of one twin have other names or shapes than those of the other."""
    sides = [set(zip(one.layout.names, one.layout.shapes, strict=True)) for one in tried.values()]
    if len(sides) == 2 and sides[0] != sides[1]:
        shown = " | ".join(_shown(own - other) for own, other in (sides, sides[::-1]))
        cause = f"the twins of net '{net}' have different parameters: {shown}"
        raise StudyError([f"{cause}; give Keras layers the names that torch has"])


def disagreement(tried: Mapping[str, Trial], study: Study) -> str:
    """What to say of twins that answer otherwise with the same weights on the same rows; "" if they do not."""
    if len(tried) < 2:
        return ""
    one, other = (trial.answers for trial in tried.values())
    apart = [difference(*pair) for pair in zip(one, other, strict=True)]
    if max(apart) <= EQUAL[study.training.precision]:
        return ""
    where = " in training, where dropout is on" if apart[1] <= EQUAL[study.training.precision] else ""
    files = " with ".join(f"{folder}/{study.model.net}.py" for folder in FOLDERS.values())
    return (
        f"the two frameworks do not agree: with the same weights, what the twins of net '{study.model.net}' answer "
        f"differs by {max(apart):.1g} of the largest answer{where}; compare {files}"
    )


def _shown(parameters: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    """The first few, kernels before biases, since they tell more."""
    ordered = sorted(parameters, key=lambda one: (-len(one[1]), one))
    words = [f"{name} {shape}" for name, shape in ordered[:SHOWN]]
    return ", ".join([*words, *["..."] * (len(ordered) > SHOWN)]) or "no more"
