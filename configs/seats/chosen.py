"""A section of a study that chooses a file of a seat by its name, and has its arguments as further keys."""

from typing import Any, ClassVar, Self

from pydantic import (
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from configs.seats.seat import Seat
from configs.types import Section, Text


class Chosen(Section, extra="allow"):
    """The file of `SEAT` that `name` names; names of `WITHOUT_FILE` have no file, and take no arguments.

    A section with the defaults alone is written as its name.
    """

    SEAT: ClassVar[Seat]
    WITHOUT_FILE: ClassVar[tuple[str, ...]] = ()

    name: Text

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the checked keyword arguments of the file's function, its defaults filled in."""
        return dict(self.__pydantic_extra__ or {})

    @field_validator("name")
    @classmethod
    def _file_exists(cls, name: str) -> str:
        cls.SEAT.check(name, *cls.WITHOUT_FILE)
        return name

    @model_validator(mode="wrap")
    @classmethod
    def _arguments_fit_the_file(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        chosen = handler(data)
        known = Section if chosen.name in cls.WITHOUT_FILE else cls.SEAT.arguments_of(chosen.name)
        own = {key: getattr(chosen, key) for key in cls.model_fields}
        if taken := sorted(own.keys() & known.model_fields):
            cause = f"{cls.SEAT.place_of(chosen.name)}: parameter '{taken[0]}' needs another name"
            raise ValueError(f"{cause}: it is a key of every {cls.SEAT.kind}")
        return handler(own | dict(known.model_validate(chosen.arguments)))

    @model_serializer(mode="wrap")
    def _name_alone(self, handler: SerializerFunctionWrapHandler) -> Any:
        fields = type(self).model_fields.items()
        usual = all(getattr(self, key) == field.default for key, field in fields if key != self.SEAT.form.key)
        return self.name if usual and not self.arguments else handler(self)


def as_section(value: Any) -> Any:
    """Let a name stand for the section with its defaults: `training.loss=huber`."""
    return {"name": value} if isinstance(value, str) else value
