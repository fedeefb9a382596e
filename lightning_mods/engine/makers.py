"""Selection of the maker of players by the name of the engine. Nothing else imports the folder `traced`."""

from configs.errors import StudyError
from lightning_mods.engine.players import Eager, Maker
from lightning_mods.engine.step import Step


def maker_of(name: str, step: Step) -> Maker:
    """The maker of the players of the engine `name`: `eager`, `traced` or `compiled`.

    Raises StudyError, with a cure, where the last two cannot be used: their folder or a part of torch is missing.
    """
    if name == "eager":
        return Eager(step)
    try:
        from lightning_mods.engine.traced.makers import MAKERS

        return MAKERS[name](step)
    except Exception as error:  # any type, depending on what torch lacks
        raise StudyError(
            [f"training.engine: {name} cannot be used here ({cause_of(error)}); set it to eager"]
        ) from error


def cause_of(error: Exception) -> str:
    """The first line of its message, or its type if it has none."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
