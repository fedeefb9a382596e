"""Disagreement of the two frameworks of a run, in their net checks and in their training losses."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.learners import LEARNERS, trained_by
from configs.schema import Study
from evaluation.training_curves.divergence import divergence
from experiment.nets.net_check import NetCheck, Update, difference
from experiment.nets.twins import net_checks
from experiment.record.history import read_history
from experiment.run.files.reading import read_json
from experiment.run.run_directory import RunDirectory

EQUAL = {32: 1e-4, 64: 1e-4, "bf16": 0.1, "tf32": 0.1}
"""Largest relative difference between outputs, losses and gradients of twins, by `training.precision`.

In float32 equal nets differ by 6e-7 at most, in bfloat16 by 0.008; another epsilon in a LayerNorm makes 8e-4.
"""
MOVED = 10
"""Moves may differ by this many times `EQUAL`: each is a small difference of two weights. Equal nets': by 3e-5."""
MOST, NO_GRADIENT = 0.9, 1e-3
"""Share of each parameter's numbers that have to agree, since rounding may change the sign of a ReLU's input; and the
share of the typical gradient below which rounding decides the direction of Adam's step."""


def disagreement(run: RunDirectory, study: Study) -> str:
    """One sentence on the first disagreement of the frameworks, with the files to compare; "" if there is none.

    Raises StudyError if a file of the run is damaged.
    """
    checks = net_checks(run, study)
    if len(checks) < 2:
        return ""
    return unequal_nets(checks, study) or unequal_training(run, study)


def unequal_nets(checks: Mapping[str, NetCheck], study: Study) -> str:
    """First disagreement of the frameworks' net checks, with the same weights on the same rows; "" if there is none."""
    one, other = checks.values()
    bound = EQUAL[study.training.precision]
    apart = [difference(*pair) for pair in zip(one.answers, other.answers, strict=True)]
    if max(apart) > bound:
        where = " in training, where dropout is on" if apart[1] <= bound else ""
        told = f"the outputs of the twins of net '{study.model.net}' differ by {max(apart):.1g} of the largest"
        return _told(f"with the same weights, {told}{where}", f"nets/{study.model.net}.py")
    if one.update is None or other.update is None:
        return ""
    name = study.training.loss.name
    losses = "losses" if name == "auto" else f"losses/{name}.py"
    return _unequal_updates(one.update, other.update, bound, losses, f"optimizers/{study.optimizer.name}.py")


def _unequal_updates(one: Update, other: Update, bound: float, losses: str, optimizer: str) -> str:
    if (apart := difference(one.losses, other.losses)) > bound:
        return _told(f"with the same weights and rows, the loss differs by {apart:.1g} of it", losses)
    if (apart := _apart(one.gradients, other.gradients, one.gradients)) > bound:
        return _told(
            f"with the same weights, rows and loss, the gradient differs by {apart:.1g} of it", losses, "engine/step.py"
        )
    if (apart := _apart(one.moves, other.moves, one.gradients)) > MOVED * bound:
        return _told(f"with the same gradient, the optimizer's step differs by {apart:.1g} of it", optimizer)
    return ""


def _apart(one: Mapping[str, NDArray], other: Mapping[str, NDArray], gradients: Mapping[str, NDArray]) -> float:
    """Largest of the parameters' typical differences, each relative to its own root mean square.

    Numbers without a gradient are ignored, and so is a parameter that has no others.
    """
    typical = _size(np.concatenate([array.ravel() for array in gradients.values()]))
    found = [0.0]
    for name, array in one.items():
        counted = ~(np.abs(gradients[name]) < NO_GRADIENT * typical)
        pair = array[counted], other[name][counted]
        if not len(pair[0]):
            continue
        if not np.isfinite(pair).all():
            found.append(0.0 if np.array_equal(*pair, equal_nan=True) else np.inf)
        elif scale := max(map(_size, pair)):
            found.append(float(np.quantile(np.abs(pair[0] - pair[1]), MOST)) / scale)
    return max(found)


def _size(array: NDArray) -> float:
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


def unequal_training(run: RunDirectory, study: Study) -> str:
    """Message on training losses that diverge faster than by rounding; "" if they do not."""
    if study.training.precision not in (32, 64):
        return ""
    directories = [run.framework(name) for name in study.frameworks]
    if not all(directory.fits.is_file() for directory in directories):
        return ""
    members = read_json(directories[0].fits, "train the study again")["members"]
    one, other = (read_history(directory.history) for directory in directories)
    found = divergence(one, other, _steps(members, study.training.batch_size))
    if found.epoch is None:
        return ""
    return (
        f"the two frameworks do not agree: their nets, losses and first updates are the same, but from epoch "
        f"{found.epoch} on the training losses differ by {found.gap:.1g} of them, which is no rounding; compare what "
        "is changed in one framework alone (a schedule, a callback)"
    )


def _steps(members: Sequence[Mapping[str, Any]], batch_size: int) -> int:
    """Optimizer steps in an epoch of the largest member."""
    return -(-max(member["train_rows"] for member in members) // batch_size)


def _told(cause: str, *files: str) -> str:
    rooms = [LEARNERS[name].room for name in trained_by("both")]
    compared = " and ".join(f"{rooms[0]}/{file} with {rooms[1]}/{file}" for file in files)
    return f"the two frameworks do not agree: {cause}; compare {compared}"
