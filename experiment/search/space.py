"""What a search tries: the study at one of its settings, and what is said of a space before it is searched."""

from importlib.util import find_spec
from math import prod

from configs.errors import StudyError
from configs.schema import Study
from configs.search.space import dimensions, searched, study_at
from experiment.search.oracles.grid import grid_trials
from experiment.search.oracles.hyperband import fewest_trials

__all__ = ["check_space", "study_at"]


def check_space(study: Study) -> list[str]:
    """Lines on a space that can be searched, but not wholly.

    Raises:
        StudyError: the oracle is not installed, or cannot search this space in so many trials.
    """
    search, first = searched(study), 1 + len(searched(study).enqueue)
    if search.asks_keras_tuner and find_spec("keras_tuner") is None:
        cure = "pip install -e .[tune], or set search.oracle=grid, which needs no package"
        raise StudyError([f"search.oracle: {search.oracle} needs keras-tuner, which is not installed: {cure}"])
    if search.oracle == "hyperband" and (fewest := fewest_trials(study) + first) > search.trials:
        cause = f"hyperband needs {fewest} at least for training.max_epochs={study.training.max_epochs}"
        raise StudyError([f"search.trials: {cause}; received {search.trials}"])
    if search.oracle == "grid" and (left := grid_trials(study) - search.trials) > 0:
        return [f"search.trials: {left} settings of the grid are left out by trials={search.trials}"]
    sizes = [len(one.values) for one in dimensions(study) if one.values is not None]
    known = grid_trials(study) if search.oracle == "grid" else first + prod(sizes)
    few = len(sizes) == len(search.space) and known < search.trials
    return [f"search.space: has {known} settings at most, fewer than trials={search.trials}"] * few
