"""Private names of a library: one line for a person where the installed version does not have one."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from experiment.run.exit_codes import WRONG_STUDY, RunError


@contextmanager
def private_names(library: ModuleType) -> Iterator[None]:
    """Raises RunError, with the version and a cure, if `library` lacks a name that is used inside; also a decorator."""
    try:
        yield
    except (AttributeError, ImportError, KeyError) as error:
        cause = f"{library.__name__} {library.__version__} lacks a private name that is used here ({error})"
        raise RunError(WRONG_STUDY, f"{cause}; install the versions of constraints.txt: run `make setup`") from error
