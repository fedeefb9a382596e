"""Errors in the file of a net, a loss or another seat, as one line with its place."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import place_in
from configs.seats.seat import Seat
from experiment.run.exit_codes import RunError

DRAWS = "draws random numbers of its own, which no seed of a study repeats; use KeyedDropout, whose masks have a key"
LOOKS = (
    "looks at the values of a tensor (`if`, `while`, `float`), of which every member has its own; use `where` instead"
)
MIXES = (
    "mixes the rows of a batch: what it gives for a row depends on the rows beside it, so predictions would depend on "
    "which rows are asked for together; take means, norms and the like over the axes of one row, never over axis 0"
)
OTHER = (
    "is another net whenever it is built: it holds random numbers besides its weights, which are not saved; make them "
    "weights, or draw them in `build` from a generator with a seed of its own"
)

UNLIKE = (
    "builds nets that differ in more than the rates of KeyedDropout with the dropouts of the trials; "
    "train a stack for each trial"
)
RECURRENT = (
    "is recurrent: torch.func.vmap has no rule for it, and its weights are not those of its twin; "
    "write its cell from Linear layers (Dense), and a loop over the steps"
)
ATTENTION = (
    "keeps three matrices in one, which Keras keeps apart; write it from Linear layers (Dense), a product of queries "
    "and keys, and its softmax"
)
OPTIONS = "which Keras's Embedding has not; leave that out, and mask what it gives with `where` instead"


class NetError(ValueError):
    """A net that cannot be used; the message has cause and cure, and `explained` adds the place."""


@contextmanager
def explained(seat: Seat, name: str, framework: str) -> Iterator[None]:
    """Raise whatever goes wrong inside as a ValueError that names the line of the file that a study has chosen.

    `framework` is the name of a learner. An error that did not pass through the file names no line. A RunError, which
    is no fault of the file, is raised as it is.
    """
    file = seat.file(name, framework)
    try:
        yield
    except RunError:
        raise
    except NetError as error:
        raise ValueError(f"{place_in(file, error.__cause__)}: {error}") from error
    except Exception as error:
        cure = "fix that, or run again with --debug for the traceback"
        raise ValueError(f"{place_in(file, error)}: {type(error).__name__}: {_cause(error)}; {cure}") from error


@contextmanager
def blamed(seat: Seat, names: Iterable[str], framework: str) -> Iterator[None]:
    """Raise what goes wrong in one of the files `names` as `explained` does; whatever else goes wrong is left alone."""
    try:
        yield
    except Exception as error:
        name = next((name for name in names if ":" in place_in(seat.file(name, framework), error)), None)
        if name is None:
            raise
        with explained(seat, name, framework):
            raise


def check_output(output: object, rows: int, outputs: int) -> None:
    """Raises NetError if a net's output for `rows` does not have the shape `(rows, outputs)`."""
    shape = getattr(output, "shape", None)
    if shape is None or tuple(shape) != (rows, outputs):
        given = type(output).__name__ if shape is None else tuple(shape)
        cause = f"gives {given} for {rows} rows, and must give {(rows, outputs)}"
        raise NetError(f"{cause}; let the last layer have `outputs` units, and keep both axes")


def check_losses(losses: object, members: int, rows: int) -> None:
    """Raises NetError if a loss is not given for every row, `(members, rows)`."""
    shape = getattr(losses, "shape", None)
    if shape is None or tuple(shape) != (members, rows):
        given = type(losses).__name__ if shape is None else tuple(shape)
        cause = f"gives {given} for {members} member of {rows} rows, and must give {(members, rows)}"
        raise NetError(f"{cause}; leave the mean to the stack, and take the last axis off the logits")


def check_values(name: str, values: object, expected: NDArray) -> None:
    """Raises NetError if a live metric is not a number for each member, or not that of the metric: `(members,)`."""
    shape = tuple(getattr(values, "shape", ()))
    if shape != expected.shape:
        given = shape or "one number"
        raise NetError(f"gives {given} for {len(expected)} members, and must give {expected.shape}")
    found = np.asarray(values, np.float64)
    if not np.allclose(found, expected, rtol=1e-4, atol=1e-4, equal_nan=True):
        one, other = (", ".join(f"{number:.6g}" for number in numbers) for numbers in (found, expected))
        raise NetError(f"gives {one} where evaluation/metrics/{name}.py gives {other}; make them equal, or remove it")


def check_moved(given: Mapping[str, Any], moved: Mapping[str, Any]) -> None:
    """Raises NetError if an optimizer gives other slots, shapes or dtypes than it was given, by name."""
    if given.keys() != moved.keys():
        have, given_back = (", ".join(sorted(names.keys() - {"weights"})) or "none" for names in (given, moved))
        raise NetError(f"gives the slots {given_back}, and must give {have}; let SLOTS and what update returns agree")
    for name, array in moved.items():
        one, other = ((str(part.dtype), tuple(part.shape)) for part in (given[name], array))
        if one != other:
            cure = "cast rates and decay, which are float64, before they meet weights"
            raise NetError(f"gives {name} as {' '.join(map(str, other))} of {' '.join(map(str, one))}; {cure}")


def check_apart(together: NDArray, alone: NDArray) -> None:
    """Raises NetError if a member's weights after an optimizer's step depend on the other members."""
    if not np.allclose(together, alone, rtol=1e-5, atol=0.0, equal_nan=True):
        cure = "take means and norms over axis 1, never over axis 0 or all"
        raise NetError(f"mixes members: a member's step depends on those beside it; {cure}")


def _cause(error: Exception) -> str:
    """The first line of the cause in `error`'s message; Keras puts it in bold after the place, TensorFlow before it."""
    bold = re.search(r"\x1b\[1m(.*?)\x1b\[0m", str(error), re.DOTALL)
    line = (bold[1] if bold else str(error)).strip().partition("\n")[0]
    return re.sub(r"\{\{.*?\}\} *| *name:\s*$", "", line).rstrip(".")
