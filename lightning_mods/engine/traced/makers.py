"""Makers of players for the engines that trace a step, by the values of `training.engine`."""

from collections.abc import Callable

import torch

from lightning_mods.engine.players import Maker
from lightning_mods.engine.step import Step
from lightning_mods.engine.traced.compiling import Inductor
from lightning_mods.engine.traced.interpreter import Interpreter
from lightning_mods.engine.traced.scripting import compiled, played


def interpreter(step: Step) -> Maker:
    """The maker for `traced`. Raises what torch raises if its interpreter cannot run a script of one line."""
    played(compiled("def same(one: Tensor) -> Tensor:\n    return one\n").same, torch.zeros(1))
    return Interpreter(step)


MAKERS: dict[str, Callable[[Step], Maker]] = {"traced": interpreter, "compiled": Inductor}
