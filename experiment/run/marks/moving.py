"""Moving a run to other devices: the keys that say where it trains, which change no result."""

from collections.abc import Sequence

from configs.errors import StudyError
from configs.files.atomic import write_text
from configs.loading.loading import dump_study
from experiment.run.locks import locked
from experiment.run.marks.study import WHERE
from experiment.run.run_directory import RunDirectory

PLACES = (*(f"training.{name}" for name in WHERE), "launcher", "slurm", "ray")
"""Keys, and sections, that may change while a run is resumed."""


def is_place(override: str) -> bool:
    """Whether an override `key=value` is of `PLACES`."""
    key = override.partition("=")[0].strip()
    return key in PLACES or key.partition(".")[0] in PLACES


def check_places(overrides: Sequence[str]) -> None:
    """Refuse what a run that was begun cannot change. Raises StudyError."""
    cause = "--resume goes on with the study of the run, and may change only on what it is trained, as training.devices"
    if others := [one for one in overrides if not is_place(one)]:
        raise StudyError([f"override {one}: {cause}; drop {one}" for one in others])


def move_run(run: RunDirectory, overrides: Sequence[str]) -> None:
    """Write the study of a run with the `overrides` of its place.

    Raises:
        StudyError: an override is wrong, or of another key.
        RunError: another process runs in it.
        OSError: the study cannot be written.
    """
    check_places(overrides)
    if overrides:
        study = run.load_study(overrides)
        with locked(run.root):
            write_text(run.study, dump_study(study))
