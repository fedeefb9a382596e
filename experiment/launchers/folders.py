"""Files of a job's parts on machines that share a folder, or share none: then they are sent back."""

import re
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from configs.files.atomic import write_bytes, write_text
from configs.files.real_files import make_folder
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part

RESULTS = re.compile(r"part_\d+[ab]*(_halved)?\.safetensors")
"""Names of the files that a part ends with: its results, and that it was halved."""


def moved(job: Job, folder: Path) -> Job:
    """The `job` in an empty `folder`."""
    directory = FrameworkDirectory(folder / job.directory.name)
    make_folder(directory.root)
    return Job(job.study, job.folds, directory, job.parts.moved(directory.checkpoints))


def results_of(job: Job, part: Part) -> dict[str, bytes]:
    """Name -> content of the files that a `part` of a `job`, or its halves, have ended with."""
    paths = sorted(job.parts.directory.glob(f"part_{part.name}*"))
    return {path.name: path.read_bytes() for path in paths if RESULTS.fullmatch(path.name)}


def keep_results(job: Job, files: Mapping[str, bytes]) -> None:
    """Write what `results_of` gave elsewhere into the folder of `job`; each file is verified when it is read.

    Raises:
        RunError: a name is none of such a file.
        OSError: one cannot be written.
    """
    for name, content in files.items():
        if not RESULTS.fullmatch(name):
            raise RunError(
                WRONG_STUDY, f"{name!r}: is no file of a part; the machine that sent it is not to be trusted"
            )
        make_folder(job.parts.directory)
        write_bytes(job.parts.directory / name, content)


class SharedFolder:
    """A file of this job in its folder: a machine that finds it there shares the folder."""

    def __init__(self, job: Job) -> None:
        """Write the file. Raises OSError."""
        make_folder(job.parts.directory)
        self.path, self.word = job.parts.directory / ".shared", uuid4().hex
        write_text(self.path, self.word)

    def is_here(self) -> bool:
        """Whether this process sees the file as it was written."""
        try:
            return self.path.read_text() == self.word
        except OSError:
            return False
