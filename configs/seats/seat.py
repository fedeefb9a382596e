"""Seats: folders whose files a study chooses, twins or neutral ones. Name = module: a fork edits nothing here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError, create_model

from configs.learners import LEARNERS
from configs.loading.problems import Place, close_match, joined, question
from configs.seats.needs import check_of, needs_of
from configs.seats.signatures import (
    Form,
    place_of_default,
    read_annotations,
    read_constants,
    read_imports,
    read_optional,
    read_signature,
)
from configs.types import Section

S = TypeVar("S", bound=Section)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Seat:
    """What lies in `folder`, a file for each name: in each framework room, as twins, or once if the seat is neutral.

    Attributes:
        kind: what a file is called: "net".
        place: the section of the study that chooses a file, by the key `form.key`.
        folder: of each room; of the project, if the seat is neutral.
        form: the function that every file has; its keyword-only parameters are keys of the study.
        constants: names of the constants that every file has, equal in its twin.
        base: the model that the arguments of every file are checked by.
        neutral: whether one file serves all frameworks, so that it may import none of them.
        own_process: whether its files run in a process without a framework, where they may import one.
        many: whether the study chooses a list of files: each item is a section, with an index in its place.
    """

    kind: str
    place: tuple[str, ...]
    folder: str
    form: Form
    constants: tuple[str, ...] = ()
    base: type[Section] = Section
    neutral: bool = False
    own_process: bool = False
    many: bool = False

    def is_section(self, place: Place) -> bool:
        """Return whether this is the place of a section that chooses a file, or of one item of the list of them."""
        return place == self.place if not self.many else place[:-1] == self.place

    def file(self, name: str, framework: str) -> str:
        """Return the path of a file in the project, be it there or not."""
        return f"{self.folder}/{name}.py" if self.neutral else f"{LEARNERS[framework].room}/{self.folder}/{name}.py"

    def known(self) -> list[str]:
        """Return the names of all files, in whatever room, sorted."""
        files = (path for framework in LEARNERS for path in ROOT.glob(self.file("*", framework)))
        return sorted({path.stem for path in files if not path.stem.startswith("_")})

    def check(self, name: str, *others: str) -> None:
        """Refuse a name without a file that is none of the `others`.

        Raises:
            ValueError: no framework has this file; the message lists those there are.
        """
        known = [*others, *self.known()]
        if name not in known:
            raise ValueError(f"there is no {self.kind} '{name}'{question(close_match(name, known), known)}")

    def check_twins(self, name: str, frameworks: Sequence[str]) -> None:
        """Refuse a file that one of the `frameworks` lacks, or whose twins differ in arguments or constants.

        A framework whose room is not there has no files to look for.

        Raises:
            ValueError: the message names the missing file, or what has to be made equal.
        """
        there = [framework for framework in LEARNERS if self._path(name, framework).is_file()]
        frameworks = [framework for framework in frameworks if LEARNERS[framework].is_here()]
        for framework in frameworks:
            if framework not in there:
                missing = self.file(name, framework)
                raise ValueError(f"{self.kind} '{name}' has no {missing}: write it, or set framework={there[0]}")
        paths = [self._path(name, framework) for framework in frameworks]
        for framework, path in zip(frameworks, paths, strict=True):
            _check_imports(path, self.file(name, framework), [other for other in LEARNERS if other != framework])
        if len({str(read_signature(path, self.form)) for path in paths}) > 1:
            cure = f"make the lines of {self.form.function}(...) equal"
            raise ValueError(f"the twins of {self.kind} '{name}' take different arguments: {cure}")
        if len({str(read_constants(path, self.constants)) for path in paths}) > 1:
            cure = f"make {' and '.join(self.constants)} equal in both files"
            raise ValueError(f"the twins of {self.kind} '{name}' have different constants: {cure}")
        if len({str(read_optional(path, "NEEDS", {})[0]) for path in paths}) > 1:
            raise ValueError(f"the twins of {self.kind} '{name}' have different NEEDS: make them equal in both files")

    def arguments_of(self, name: str) -> type[Section]:
        """Return the model that checks the arguments of a file that exists, made from the signature in it.

        Raises:
            ValueError: the file has not the form of its seat.
        """
        path = self._read_path(name)
        if self.neutral and not self.own_process:
            _check_imports(path, self.file(name, ""), LEARNERS)
        fields: dict[str, Any] = dict(read_signature(path, self.form))
        checks = check_of(needs_of(path, fields))
        return create_model(f"{name.capitalize()}Arguments", __base__=self.base, __validators__=checks, **fields)

    def filled(
        self,
        section: type[S],
        data: Any,
        handler: Callable[[Any], S],
        former: Mapping[str, object] = MappingProxyType({}),
    ) -> S:
        """Return the section that chooses a file, with the arguments of that checked, and its defaults filled in.

        `handler` makes the section of plain data. An argument of `former` that the file lacks may keep that value.

        Raises:
            ValidationError: with the problems of the section's own keys and of the arguments, all at once.
            ValueError: the file has not the form of its seat, or an argument has the name of a key of the section.
        """
        own, wrong = section.model_fields, []
        try:
            said = dict(handler(data))
        except ValidationError as error:
            if not isinstance(data, dict) or any(self.form.key in one["loc"][:1] for one in error.errors()):
                raise
            said, wrong = {self.form.key: own[self.form.key].default} | data, [error]
        arguments = self.arguments_of(said[self.form.key])
        if taken := sorted(own.keys() & arguments.model_fields):
            cure = f"another name: it is a key of every {self.kind}"
            raise ValueError(f"{self.place_of(said[self.form.key])}: parameter '{taken[0]}' needs {cure}")
        ignored = [name for name in former.keys() - arguments.model_fields if said.get(name) == former[name]]
        given = {name: value for name, value in said.items() if name not in own and name not in ignored}
        try:
            checked = dict(arguments.model_validate(given))
        except ValidationError as error:
            wrong.append(error)
        if wrong:
            raise joined(wrong)
        return handler({name: said[name] for name in own if name in said} | checked)

    def constants_of(self, name: str) -> dict[str, Any]:
        """Return the constants of a file that exists, by name.

        Raises:
            ValueError: a constant is missing, or is no plain value.
        """
        return read_constants(self._read_path(name), self.constants)

    def annotations_of(self, name: str) -> dict[str, str]:
        """Return the annotations of the positional parameters of a file; none if there is no such file."""
        return read_annotations(self._read_path(name), self.form) if name in self.known() else {}

    def place_of(self, name: str) -> str:
        """Return the path in the project of the file that arguments and constants are read from."""
        return self._read_path(name).relative_to(ROOT).as_posix()

    def origin_of_default(self, name: str, argument: str) -> str:
        """Return file and line of an argument's default, e.g. `lightning_mods/nets/mlp.py:29`."""
        return place_of_default(self._read_path(name), argument, self.form)

    def argument_names(self, name: object) -> list[str]:
        """Return the names of a file's arguments; none if there is no such file, or it cannot be read."""
        try:
            return list(self.arguments_of(name).model_fields) if isinstance(name, str) and name in self.known() else []
        except ValueError:
            return []

    def _read_path(self, name: str) -> Path:
        """Return the file that arguments and constants are read from: that of the first framework that has it."""
        return next(path for path in (self._path(name, framework) for framework in LEARNERS) if path.is_file())

    def _path(self, name: str, framework: str) -> Path:
        return ROOT / self.file(name, framework)


def _check_imports(path: Path, file: str, forbidden: Iterable[str]) -> None:
    """Refuse a file that imports a framework which its process may not hold: one process, one framework.

    Raises:
        ValueError: the message names the line.
    """
    imported = read_imports(path)
    for framework in forbidden:
        learner = LEARNERS[framework]
        packages = {learner.room, learner.module, *(package.replace("-", "_") for package in learner.packages)}
        if found := sorted(packages & imported.keys(), key=lambda package: imported[package]):
            cure = "use NumPy, or the framework of its own room: one process, one framework"
            raise ValueError(f"{file}:{imported[found[0]]}: must not import {found[0]}; {cure}")
