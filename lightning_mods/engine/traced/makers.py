"""What builds the players of the engines that trace a step, by the name that `training.engine` has for each."""

from collections.abc import Callable

import torch

from lightning_mods.engine.players import Maker
from lightning_mods.engine.step import Step
from lightning_mods.engine.traced.compiling import Inductor
from lightning_mods.engine.traced.interpreter import Interpreter
from lightning_mods.engine.traced.scripting import compiled, played


def interpreter(step: Step) -> Maker:
    """Players of torch's own interpreter. Raises what torch raises if it cannot play a script of one line."""
    played(compiled("def same(one: Tensor) -> Tensor:\n    return one\n").same, torch.zeros(1))
    return Interpreter(step)


MAKERS: dict[str, Callable[[Step], Maker]] = {"traced": interpreter, "compiled": Inductor}
