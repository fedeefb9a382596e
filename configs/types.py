"""Field types of a study: each has its bounds, its description, and its error message.

The function of a net or a loss annotates its keyword-only parameters with these names; `TYPES` lists what it may use.
"""

import codecs
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

ActivationName = Literal[
    "identity", "binary_step", "logistic", "tanh", "arctan", "relu",
    "prelu", "elu", "softplus", "gelu", "silu", "selu",
]  # fmt: skip
DELIMITERS = ("auto", "comma", "semicolon", "tab", "pipe")
ACTIVATIONS: tuple[str, ...] = get_args(ActivationName)


class Section(BaseModel):
    """A frozen part of a study: unknown keys are refused, and a default is checked like any other value."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, protected_namespaces=())


def expected(sentence: str, choices: tuple[str, ...] = ()) -> WrapValidator:
    """Replace pydantic's line for each branch of a union by one sentence; `choices` are for "did you mean"."""

    def check(value: Any, handler: Any) -> Any:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("expected", "{sentence}", {"sentence": sentence, "choices": choices}) from None

    return WrapValidator(check)


def _has_a_gradient(activation: str | tuple[str, ...]) -> str | tuple[str, ...]:
    names = {activation} if isinstance(activation, str) else set(activation)
    if names == {"binary_step"}:
        message = "must not be binary_step alone: its gradient is zero everywhere, so nothing below it could learn"
        raise PydanticCustomError("no_gradient", message)
    return activation


def _as_text(value: Any) -> Any:
    """Convert a number or a boolean of YAML to its text in a CSV file: `data.positive=1` means "1"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _as_list(value: Any) -> Any:
    """Convert one name to a list of it, and null to an empty list: `data.drop=id` means [id]."""
    if value is None:
        return []
    return value if isinstance(value, list | tuple) else [value]


def _named_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise PydanticCustomError("named_twice", "names '{name}' twice; remove one", {"name": twice})
    return names


def _without_nul(path: str) -> str:
    if "\0" in path:
        raise PydanticCustomError("nul", "must be without a NUL character, which no path has")
    return path


def _known_encoding(name: str) -> str:
    try:
        is_text = codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise PydanticCustomError("encoding", "must be an encoding that Python knows, like utf-8, utf-16 or latin-1")
    return name


Integer = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Boolean = Annotated[bool, Field(strict=True)]
Text = Annotated[str, Field(min_length=1)]
PathText = Annotated[Text, AfterValidator(_without_nul)]

SEEDS = 2**31
Seed = Annotated[Integer, Field(ge=0, lt=SEEDS)]
Count = Annotated[Integer, Field(ge=1)]
CountOrAuto = Annotated[Literal["auto"] | Count, expected("must be 'auto' or an integer >= 1", ("auto",))]
CountOrNone = Annotated[Literal["none"] | Count, expected("must be 'none' or an integer >= 1", ("none",))]
Positive = Annotated[Number, Field(gt=0)]
Nonnegative = Annotated[Number, Field(ge=0)]
Fraction = Annotated[Number, Field(ge=0, lt=1, description="a share: 0 <= value < 1")]
Share = Annotated[Number, Field(gt=0, lt=1, description="a share: 0 < value < 1")]
Threshold = Annotated[
    Literal["f1", "youden", "cost"] | Annotated[Number, Field(gt=0, lt=1)],
    expected("must be a number between 0 and 1, or 'f1', 'youden' or 'cost'", ("f1", "youden", "cost")),
]
Label = Annotated[Text, BeforeValidator(_as_text, json_schema_input_type=str | int | bool)]
Labels = Annotated[
    tuple[Label, ...],
    AfterValidator(_named_once),
    BeforeValidator(_as_list, json_schema_input_type=Label | list[Label] | None),
]
ClassWeights = Annotated[
    Literal["none", "balanced"] | dict[Label, Positive],
    expected("must be 'none', 'balanced', or a weight > 0 for each label, like {no: 1, yes: 3}", ("none", "balanced")),
]

Encoding = Annotated[Text, AfterValidator(_known_encoding)]
Delimiter = Annotated[
    Literal["auto", "comma", "semicolon", "tab", "pipe"] | Annotated[str, Field(pattern=r"^[^\w\s\"'.+-]$")],
    expected("must be 'auto', 'comma', 'semicolon', 'tab', 'pipe', or one other character", DELIMITERS),
]
ColumnType = Annotated[
    Literal["numeric", "boolean", "categorical", "date"]
    | Annotated[str, Field(pattern=r"^.*%.*$")]
    | Annotated[tuple[Label, ...], Field(min_length=2), AfterValidator(_named_once)],
    expected(
        "must be numeric, boolean, categorical, date, a date's format like '%d/%m/%Y', or a list of levels in order",
        ("numeric", "boolean", "categorical", "date"),
    ),
]

_RunLabel = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
RunLabel = Annotated[
    _RunLabel,
    expected("must be 1 to 40 letters, digits, '_', '.' or '-'"),
    BeforeValidator(_as_text, json_schema_input_type=_RunLabel | int),
]

Width = Annotated[Integer, Field(ge=1, description="number of units of a layer")]
Widths = Annotated[tuple[Width, ...], Field(description="number of units of each hidden layer; [] is a linear model")]
Activation = Annotated[
    ActivationName | tuple[ActivationName, ...],
    expected(f"must be one of {', '.join(ACTIVATIONS)}, or a list of them, one per hidden layer", ACTIVATIONS),
    AfterValidator(_has_a_gradient),
    Field(description="activation of the hidden layers: one for all, or a list with one per hidden layer"),
]

TYPES: dict[str, Any] = {
    "int": Integer,
    "float": Number,
    "bool": Boolean,
    "str": Text,
    "Count": Count,
    "Positive": Positive,
    "Nonnegative": Nonnegative,
    "Fraction": Fraction,
    "Share": Share,
    "Width": Width,
    "Widths": Widths,
    "Activation": Activation,
}
