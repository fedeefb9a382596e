"""Tensors that move with a module from device to device, and are neither its weights nor its buffers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from torch import Tensor

from lightning_mods.private_names import Moved


class Constants(Moved):
    """Keeps tensors as attributes. Callbacks that average weights would average buffers with them, rows included."""

    def __init__(self) -> None:
        """Keep no tensor yet."""
        super().__init__()
        self._kept: list[str] = []

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Tensor:
            """What is kept is a tensor; `nn.Module` finds it."""

    def keep(self, name: str, tensor: Tensor) -> None:
        """Keep a tensor as the attribute `name`."""
        self._kept.append(name)
        setattr(self, name, tensor)

    def as_buffers(self) -> Self:
        """Register the kept tensors as buffers, so that they are saved with the module; return the module."""
        while self._kept:
            name = self._kept.pop()
            tensor = getattr(self, name)
            delattr(self, name)
            self.register_buffer(name, tensor)
        return self

    def moved(self, move: Callable[[Tensor], Tensor]) -> None:
        """Move the kept tensors with the module."""
        for name in self._kept:
            setattr(self, name, move(getattr(self, name)))
