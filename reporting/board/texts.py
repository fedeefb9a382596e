"""TensorBoard's text tab: the study and the command of the run."""

import shlex
from collections.abc import Sequence

from configs.loading.loading import dump_study
from configs.schema import Study


def study_text(study: Study) -> str:
    """The whole study as a block of YAML in markdown."""
    return _block("yaml", dump_study(study))


def command_text(command: Sequence[str]) -> str:
    """The command that repeats the run, quoted for a shell."""
    return _block("sh", shlex.join(["python", *command]) + "\n")


def _block(language: str, content: str) -> str:
    return f"```{language}\n{content}```\n"
