"""SHA-256 digests of a finished training's files, in its `fits.json`, and their verification."""

import hashlib
import shlex
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from configs.errors import StudyError
from configs.files.real_files import read_real
from experiment.run.files.reading import read_bytes, read_json
from experiment.run.framework_directory import FrameworkDirectory


def digests(directory: FrameworkDirectory) -> dict[str, str]:
    """Hexadecimal SHA-256 of the training's files, by name. Raises OSError."""
    return {path.name: hashlib.sha256(read_real(path)).hexdigest() for path in _files(directory) if path.is_file()}


def retrain(directory: FrameworkDirectory) -> str:
    """The cure for lost files of a training: train again."""
    study = directory.root.parent / "study.yaml"
    return f"put the file back, or train the study again: python scripts/train.py {shlex.quote(str(study))}"


def verified(path: Path, directory: FrameworkDirectory) -> bytes:
    """The content of a file of `directory`, verified by its digest where `fits.json` has one.

    Raises:
        StudyError: it is missing, cannot be read, or has another digest.
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
    """Reject files that have changed since the training: all of `directory`, or these `paths`.

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
    """A line for each run that has no digests for the files of some of `directories`."""
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
    return directory.weights, directory.predictions, directory.validation, directory.training, directory.history


def _expected(directory: FrameworkDirectory) -> dict[str, str]:
    """SHA-256 by the name of the file; empty without a `fits.json`, or with that of an older version."""
    if not directory.fits.exists() and not directory.fits.is_symlink():
        return {}
    files: dict[str, str] = read_json(directory.fits, retrain(directory), "members", "timing").get("files", {})
    return files
