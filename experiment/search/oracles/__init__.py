"""Oracles: keras-tuner's random, Bayesian and Hyperband in a process of their own, and a grid from scikit-learn.

Nothing is imported before an oracle is made: the process of keras-tuner is a module of this package.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from configs.schema import Study
    from experiment.search.oracle import Oracle


def make_oracle(study: "Study", fold: int | None = None) -> "Oracle":
    """The oracle of a study's search: one for all folds, or that of one `fold`, which has random numbers of its own.

    Raises:
        StudyError: the space is none that the oracle can search.
        RunError: keras-tuner is not installed.
    """
    from configs.search.space import searched

    if searched(study).asks_keras_tuner:
        from experiment.search.oracles.tuner import Tuner

        return Tuner(study, fold)
    from experiment.search.oracles.grid import Grid

    return Grid(study)
