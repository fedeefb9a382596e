"""Unvalidated settings of a study file and its overrides, with the origin of each value."""

import re
from pathlib import Path
from typing import Any, Self

from configs.errors import StudyError
from configs.files.given_files import unreadable
from configs.loading.problems import Place, close_match, dotted, question
from configs.loading.yaml_data import key_problem, parse
from configs.schema import SECTIONS
from configs.seats.chosen import Chosen
from configs.sections.search import Axis
from configs.types import Section

FOLDER = Path(__file__).resolve().parents[1]
DEFAULT = FOLDER / "breast_cancer.yaml"
SPACE = ("search", "space")
LARGEST = 1_000_000
"""Largest size of a study file in bytes; a larger file is most likely the table."""


class Settings:
    """Plain data of a study, and the origin of each place: `configs/mnist.yaml:12` or `override folds.splits=5`."""

    def __init__(self, data: dict[str, Any], title: str, path: Path = DEFAULT) -> None:
        """Take plain data, every place of which has the origin `title`; tables are looked up beside `path`."""
        self.data, self.title, self.path = data, title, path
        self.problems: list[str] = []
        self.origins: dict[Place, str] = {}

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a study file; a relative path is searched in the working directory, `configs/...` in the project, too.

        Raises:
            StudyError: the file does not exist, cannot be read, or has no readable content.
        """
        if not path.exists() and (FOLDER.parent / path).is_relative_to(FOLDER):
            path = FOLDER.parent / path
        title = path.relative_to(FOLDER.parent).as_posix() if path.is_relative_to(FOLDER) else str(path)
        document = parse(_read(path, title))
        problems = [f"{title}:{line}: {problem}" for line, problem in document.problems]
        if document.data is None and not problems:
            document.data = {}
        elif document.data is not None and not isinstance(document.data, dict):
            problems.append(f"{title}:1: a study is made of keys and values, like 'seed: 0'")
        if not isinstance(document.data, dict):
            raise StudyError(problems)
        settings = cls(document.data, title, path)
        settings.problems = problems
        settings.origins = {place: f"{title}:{line}" for place, line in document.lines.items()}
        return settings

    def override(self, text: str) -> None:
        """Set one key, `folds.splits=5`; the value is YAML and replaces the former one; the last override wins."""
        key, separator, value = text.partition("=")
        place = _place(key)
        origin = f"override {' '.join(text.split())}"
        document = parse(value)
        if not separator or not all(place):
            found = ["must be KEY=VALUE, like folds.splits=5 or training.early_stopping=null"]
        else:
            found = [problem for problem in map(key_problem, place) if problem]
            found += [problem for _, problem in document.problems]
        if not found:
            found = self.set(place, document.data, origin)
        self.problems += [f"{origin}: {problem}" for problem in found]

    def origin(self, place: Place) -> str:
        """Return the origin of a place, or of the nearest place around it."""
        around = (place[:length] for length in range(len(place), 0, -1))
        return next((self.origins[outer] for outer in around if outer in self.origins), self.title)

    def set(self, place: tuple[str, ...], value: Any, origin: str) -> list[str]:
        """Set a value, and make absent or null sections around it; return problems that prevent it.

        An `origin` that begins with "override" outlives the choice of another net, loss, schedule or optimizer.
        """
        section = self.data
        for depth in range(1, len(place)):
            outer = place[:depth]
            earlier = self.origins.get(outer, "")
            if section.get(outer[-1], 0) is None and earlier.startswith("override"):
                return [f"'{dotted(outer)}' is null by {earlier}; drop one of the two"]
            if section.get(outer[-1]) is None:
                section[outer[-1]] = {}
                self.origins[outer] = origin
            self._write_out(section, outer)
            section = section[outer[-1]]
            if not isinstance(section, dict):
                return [f"'{dotted(outer)}' is a value, not a section: set {dotted(outer)}=VALUE as a whole"]
        if _takes_a_name(place) and isinstance(value, str) and isinstance(section.get(place[-1]), dict):
            return self._choose_anew(section[place[-1]], place, value, origin)
        own = next((own for own, seat in SECTIONS.items() if place == (*seat.place, seat.form.key)), None)
        if own and value != section.get(place[-1]):
            self._forget_arguments(section, place[:-1], own)
        section[place[-1]] = value
        self.origins = {key: old for key, old in self.origins.items() if key[: len(place)] != place} | {place: origin}
        return []

    def _write_out(self, outer: dict[str, Any], place: tuple[str, ...]) -> None:
        """Replace a name that stands for a section by that section, which can be given arguments: `loss: huber`."""
        if _takes_a_name(place) and isinstance(name := outer[place[-1]], str):
            outer[place[-1]] = {"name": name}
            self.origins[(*place, "name")] = self.origin(place)

    def _choose_anew(self, section: dict[str, Any], place: tuple[str, ...], name: str, origin: str) -> list[str]:
        """Set the name of a section and, of its other keys, keep those of overrides alone: `training.loss=huber`."""
        for key in [key for key in section if not self.origin((*place, key)).startswith("override")]:
            self._drop(section, (*place, key))
        section["name"] = name
        self.origins |= {(*place, "name"): origin, place: origin}
        return []

    def _forget_arguments(self, section: dict[str, Any], place: Place, own: type[Section]) -> None:
        """Drop the arguments that the file gives its own net, loss, schedule or optimizer: another one has others.

        Those of overrides stay, and so do the keys that the section has whatever is chosen.
        """
        for key in [key for key in section if key not in own.model_fields]:
            if not self.origin((*place, key)).startswith("override"):
                self._drop(section, (*place, key))

    def _drop(self, section: dict[str, Any], place: Place) -> None:
        """Remove the value of a place, which lies in `section`."""
        del section[str(place[-1])]
        self.origins.pop(place, None)


def _place(key: str) -> tuple[str, ...]:
    """Return the place of a dotted key; the keys of `search.space` are themselves dotted."""
    place = tuple(part.strip() for part in key.split("."))
    if place[:2] != SPACE or len(place) < 4:
        return place
    end = -1 if place[-1] in Axis.model_fields else len(place)
    return (*SPACE, ".".join(place[2:end]), *place[end:])


def _takes_a_name(place: Place) -> bool:
    """Return whether a section of this place may be written as a name, which is then that of its file."""
    return any(seat.is_section(place) for own, seat in SECTIONS.items() if issubclass(own, Chosen) and not seat.many)


def _read(path: Path, title: str) -> str:
    """Return the text of a study file.

    Raises:
        StudyError: it does not exist, or is no text.
    """
    try:
        if cause := unreadable(path, LARGEST):
            raise StudyError([f"{title}: {cause}"])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = sorted(f"configs/{file.name}" for file in FOLDER.glob("*.yaml"))
        hint = question(close_match(f"configs/{path.stem}.yaml", known), known)
        raise StudyError([f"{title}: there is no such file{hint}"]) from None
    except UnicodeDecodeError as error:
        raise StudyError([f"{title}: byte {error.start} is not UTF-8; save the file as UTF-8"]) from None
    except OSError as error:
        raise StudyError([f"{title}: cannot be read ({error.strerror}); a study is a YAML file"]) from None


def name_of(source: str) -> str:
    """Return a study's name from that of its data: `../My patients.csv` -> `My_patients`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", Path(source).stem).strip("_")
