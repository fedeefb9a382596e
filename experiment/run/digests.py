"""The files of a finished training, as its `fits.json` knows them: by their SHA-256."""

import hashlib
import shlex
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from configs.errors import StudyError
from configs.real_files import read_real
from experiment.run.reading import read_bytes, read_json
from experiment.run.run_directory import FrameworkDirectory


def digests(directory: FrameworkDirectory) -> dict[str, str]:
    """Hexadecimal SHA-256 of what the training has written, by the name of the file. Raises OSError."""
    return {path.name: hashlib.sha256(read_real(path)).hexdigest() for path in _files(directory) if path.is_file()}


def retrain(directory: FrameworkDirectory) -> str:
    """The cure where what was trained is lost."""
    study = directory.root.parent / "study.yaml"
    return f"put the file back, or train the study again: python scripts/train.py {shlex.quote(str(study))}"


def verified(path: Path, directory: FrameworkDirectory) -> bytes:
    """The content of a file of `directory`: the one that the training has written, as far as `fits.json` tells.

    Raises:
        StudyError: it is not there, cannot be read, or is another one.
    """
    expected, cure = _expected(directory), retrain(directory)
    if not path.exists() and not path.is_symlink():
        raise StudyError([f"{path}: is gone; {cure}"])
    content = read_bytes(path, cure)
    if path.name in expected and hashlib.sha256(content).hexdigest() != expected[path.name]:
        cause = "is damaged, or of another run: fits.json has another SHA-256 of it"
        raise StudyError([f"{path}: {cause}; {cure}"])
    return content


def verify(directory: FrameworkDirectory, *paths: Path) -> None:
    """Refuse what is not as the training has written it: all files of `directory`, or these `paths`.

    Raises StudyError, a line for each of them.
    """
    problems: list[str] = []
    known = [path for path in paths or _files(directory) if path.name in _expected(directory)]
    for path in known:
        try:
            verified(path, directory)
        except StudyError as error:
            problems += error.problems
    if len(problems) == len(known) > 1:
        cause = "is of another run: none of the files beside it has the SHA-256 that it tells"
        raise StudyError([f"{directory.fits}: {cause}; {retrain(directory)}"])
    if problems:
        raise StudyError(problems)


def unverified(directories: Iterable[FrameworkDirectory]) -> list[str]:
    """A line for each run of which nothing says what the files of some `directories` have to be."""
    names: dict[tuple[Path, str], list[str]] = defaultdict(list)
    for directory in directories:
        if not _expected(directory):
            lost = not directory.fits.is_file()
            cause = "fits.json, which has their digests, is gone" if lost else "version 0.1 wrote no digests"
            names[directory.root.parent, cause].append(directory.name)
    return [
        f"{run}: weights and predictions of {' and '.join(parts)} are not verified ({cause})"
        for (run, cause), parts in names.items()
    ]


def _files(directory: FrameworkDirectory) -> tuple[Path, ...]:
    return directory.weights, directory.predictions, directory.validation, directory.history


def _expected(directory: FrameworkDirectory) -> dict[str, str]:
    """SHA-256 by the name of the file; empty where no `fits.json` is, or an older version wrote it."""
    if not directory.fits.exists() and not directory.fits.is_symlink():
        return {}
    files: dict[str, str] = read_json(directory.fits, retrain(directory), "members", "timing").get("files", {})
    return files
