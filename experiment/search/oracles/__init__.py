"""Oracles: keras-tuner's random, Bayesian and Hyperband in a process of their own, and a grid from scikit-learn."""

from configs.schema import Study
from configs.search.space import searched
from experiment.search.oracle import Oracle
from experiment.search.oracles.grid import Grid
from experiment.search.oracles.tuner import Tuner


def make_oracle(study: Study, fold: int | None = None) -> Oracle:
    """The oracle of a study's search: one for all folds, or that of one `fold`, which has random numbers of its own.

    Raises:
        StudyError: the space is none that the oracle can search.
        RunError: keras-tuner is not installed.
    """
    return Grid(study) if searched(study).oracle == "grid" else Tuner(study, fold)
