"""Network twins: whether both frameworks train the same network, by their saved net checks."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from configs.errors import StudyError
from configs.files.atomic import write_bytes
from configs.files.real_files import read_real
from configs.schema import Study
from experiment.nets.layout import Layout
from experiment.nets.net_check import NetCheck, Update
from experiment.run.files.tensors import parse_tensors
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory

SHOWN = 3
KINDS = ("gradients", "moves")
"""Fields of an `Update` with an array for every parameter."""


def keep_net_check(check: NetCheck, path: Path) -> None:
    """Write a net check. Raises OSError."""
    parameters = json.dumps(list(zip(check.layout.names, check.layout.shapes, strict=True)))
    arrays = {"answers": check.answers}
    if check.update:
        arrays["losses"] = check.update.losses
        for kind in KINDS:
            arrays |= {f"{kind}/{name}": array for name, array in getattr(check.update, kind).items()}
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_bytes(path, save(whole, {"parameters": parameters}))


def read_net_check(path: Path) -> NetCheck:
    """Read a file of `keep_net_check`. Raises StudyError if it is damaged."""
    try:
        arrays, metadata = parse_tensors(read_real(path))
        names, shapes = zip(*json.loads(metadata["parameters"]), strict=True)
        layout = Layout(names, tuple(map(tuple, shapes)))
        if "losses" not in arrays:
            return NetCheck(layout, arrays["answers"])
        parts = ({name: arrays[f"{kind}/{name}"] for name in names} for kind in KINDS)
        return NetCheck(layout, arrays["answers"], Update(arrays["losses"], *parts))
    except (OSError, TypeError, LookupError, ValueError) as error:
        raise StudyError([f"{path}: is damaged ({error}); remove it, and go on with --resume"]) from error


def net_checks(run: RunDirectory, study: Study) -> dict[str, NetCheck]:
    """Saved net checks of a run's frameworks, by name; runs of older versions have none. Raises StudyError."""
    files = {name: FrameworkDirectory(run.root / name).net_check for name in study.frameworks}
    return {name: read_net_check(file) for name, file in files.items() if file.is_file()}


def check_parameters(checks: Mapping[str, NetCheck], net: str) -> None:
    """Raises StudyError if names or shapes of parameters differ between the twins."""
    sides = [set(zip(one.layout.names, one.layout.shapes, strict=True)) for one in checks.values()]
    if len(sides) == 2 and sides[0] != sides[1]:
        shown = " | ".join(_shown(own - other) for own, other in (sides, sides[::-1]))
        cause = f"the twins of net '{net}' have different parameters: {shown}"
        raise StudyError([f"{cause}; give Keras layers the names that torch has"])


def _shown(parameters: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    """The first few parameters, kernels before biases, since their shapes differ more often."""
    ordered = sorted(parameters, key=lambda one: (-len(one[1]), one))
    words = [f"{name} {shape}" for name, shape in ordered[:SHOWN]]
    return ", ".join([*words, *["..."] * (len(ordered) > SHOWN)]) or "no more"
