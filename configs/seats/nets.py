"""The seat of the nets, and the rule that the arguments of all nets have in common."""

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from configs.seats.seat import Seat
from configs.seats.signatures import Form
from configs.types import Section


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


NETS = Seat("net", ("model",), "nets", Form("build", ("inputs", "outputs"), "net"), base=Arguments)


def takes_codes(net: str) -> bool:
    """Return whether the `build` of a net says `inputs: NetInputs`, so that it is handed codes of categories."""
    return NETS.annotations_of(net).get("inputs", "").rpartition(".")[-1] == "NetInputs"
