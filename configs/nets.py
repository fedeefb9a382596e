"""Which nets there are, and which arguments a study may give them. Name = module: a fork edits nothing here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from configs.learners import LEARNERS
from configs.problems import close_match, question
from configs.signatures import place_of_default, read_signature
from configs.types import Section

ROOT = Path(__file__).resolve().parent.parent


class Arguments(Section):
    """Arguments of a net. Hidden layers and their activations agree, in every net that has both."""

    @model_validator(mode="after")
    def _one_activation_for_each_layer(self) -> "Arguments":
        hidden, activation = getattr(self, "hidden", None), getattr(self, "activation", None)
        if isinstance(hidden, tuple) and isinstance(activation, tuple) and len(hidden) != len(activation):
            layers = f"a list of {len(hidden)}, one for each hidden layer" if hidden else "[], as no layer is hidden"
            message = f"must be one name, or {layers}"
            error = PydanticCustomError("activations", message)
            details = InitErrorDetails(type=error, loc=("activation",), input=list(activation))
            raise ValidationError.from_exception_data("Arguments", [details])
        return self


def known_nets() -> list[str]:
    """Return the names of all nets of either framework, sorted."""
    files = (path for learner in LEARNERS.values() for path in (ROOT / learner.nets).glob("*.py"))
    return sorted({path.stem for path in files if not path.stem.startswith("_")})


def check_net(net: str) -> None:
    """Refuse a name without a file.

    Raises:
        ValueError: no framework has this net; the message lists those there are.
    """
    if net not in known_nets():
        raise ValueError(f"there is no net '{net}'{question(close_match(net, known_nets()), known_nets())}")


def check_twins(net: str, frameworks: Sequence[str]) -> None:
    """Refuse a net that one of the `frameworks` lacks, or whose twins take different arguments.

    A framework whose room is not there has no nets to look for.

    Raises:
        ValueError: the message names the missing file, or both files.
    """
    there = [framework for framework in LEARNERS if _file(net, framework).is_file()]
    frameworks = [framework for framework in frameworks if LEARNERS[framework].is_here()]
    for framework in frameworks:
        if framework not in there:
            file = f"{LEARNERS[framework].nets}/{net}.py"
            raise ValueError(f"net '{net}' has no {file}: write it, or set framework={there[0]}")
    if len(frameworks) > 1 and len({str(read_signature(_file(net, framework))) for framework in frameworks}) > 1:
        raise ValueError(f"the twins of net '{net}' take different arguments: make the lines of build(...) equal")


def arguments_of(net: str) -> type[Arguments]:
    """Return the model that checks the arguments of a net that exists, made from the signature of its `build(...)`.

    Raises:
        ValueError: its file cannot be read as a net.
    """
    fields: dict[str, Any] = dict(read_signature(_read_file(net)))
    return create_model(f"{net.capitalize()}Arguments", __base__=Arguments, **fields)


def origin_of_default(net: str, argument: str) -> str:
    """Return file and line of an argument's default, e.g. `lightning_mods/nets/mlp.py:29`."""
    return place_of_default(_read_file(net), argument)


def argument_names(net: object) -> list[str]:
    """Return the names of a net's arguments; none if there is no such net, or its file cannot be read."""
    try:
        return list(arguments_of(net).model_fields) if isinstance(net, str) and net in known_nets() else []
    except ValueError:
        return []


def _read_file(net: str) -> Path:
    """Return the file that a net's arguments are read from: that of the first framework that has it."""
    return next(file for file in (_file(net, framework) for framework in LEARNERS) if file.is_file())


def _file(net: str, framework: str) -> Path:
    return ROOT / LEARNERS[framework].nets / f"{net}.py"
