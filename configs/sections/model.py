"""`model`: the net and its arguments."""

from typing import Any, Self

from pydantic import Field, ModelWrapValidatorHandler, field_validator, model_validator

from configs.seats.nets import NETS
from configs.types import (
    Section,
    Text,
)


class Model(Section, extra="allow"):
    """The network; further keys are the keyword arguments of its build(...)."""

    net: Text = Field("mlp", description="NAME of lightning_mods/nets/NAME.py and tf_models/nets/NAME.py")

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the checked keyword arguments of `build()`, its defaults filled in."""
        return dict(self.__pydantic_extra__ or {})

    @property
    def drops_units(self) -> bool:
        """Return whether an argument of the net that is called a dropout is above 0, so that training uses it."""
        rates = [value for name, value in self.arguments.items() if "dropout" in name]
        return any(isinstance(rate, int | float) and rate > 0 for rate in rates)

    @field_validator("net")
    @classmethod
    def _net_exists(cls, net: str) -> str:
        NETS.check(net)
        return net

    @model_validator(mode="wrap")
    @classmethod
    def _arguments_fit_the_net(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return NETS.filled(cls, data, handler)
