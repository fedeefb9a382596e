"""keras-tuner's oracles without their directory: the one module that imports keras-tuner, in a process of its own."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import keras_tuner
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle, RandomSearchOracle

OBJECTIVE = "objective"
COLLISIONS = 1000
"""Draws of a known setting in a row after which a space is exhausted; keras-tuner gives up after 20."""
Values = dict[str, Any]


class Recordless(keras_tuner.Oracle):
    """An oracle that writes no file, takes given settings as if it had drawn them, and never stops for failures."""

    def __init__(self, **arguments: Any) -> None:
        """As keras-tuner's."""
        super().__init__(max_consecutive_failed_trials=10**9, **arguments)
        self.given: list[Values] = []
        self.verbose = 0
        self._max_collisions = COLLISIONS

    def save(self) -> None:
        """Write nothing: a truncated file is never read."""

    def _save_trial(self, trial: Any) -> None:
        """Write nothing."""

    def _random_values(self) -> Values | None:
        return self.given.pop(0) if self.given else super()._random_values()


class Random(Recordless, RandomSearchOracle):
    """Independent draws."""

    def __init__(self, **arguments: Any) -> None:
        """Without an end: the search counts its trials."""
        super().__init__(max_trials=None, **arguments)


class Bayesian(Recordless, BayesianOptimizationOracle):
    """A Gaussian process and its upper confidence bound; a setting that it knows gives way to a random draw."""

    def __init__(self, **arguments: Any) -> None:
        """Without an end: the search counts its trials."""
        super().__init__(max_trials=None, **arguments)
        self.num_initial_points = self.initial = max(3 * len(self.hyperparameters.space), 3)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """As keras-tuner's, without duplicates."""
        populated = super().populate_space(trial_id)
        if populated["values"] is not None and self._duplicate(populated["values"]):
            return super()._random_populate_space()
        return populated


class Hyperband(Recordless, HyperbandOracle):
    """Brackets of successive halving, whose rungs have the given `sizes[bracket][rung]`."""

    def __init__(self, sizes: Sequence[Sequence[int]], **arguments: Any) -> None:
        """`max_epochs` and `factor` are keras-tuner's."""
        self.sizes = sizes
        super().__init__(**arguments)

    def _get_num_brackets(self) -> int:
        return len(self.sizes)

    def _get_size(self, bracket_num: int, round_num: int) -> int:
        return self.sizes[bracket_num][round_num]


ORACLES = {"random": Random, "bayesian": Bayesian, "hyperband": Hyperband}


class Asked:
    """One oracle, whose trials are named by their identifiers."""

    def __init__(self, oracle: str, seed: int, direction: str, space: Sequence[Mapping[str, Any]], **more: Any) -> None:
        """`space` is that of `encoding.specification`; `direction` is min or max."""
        objective = keras_tuner.Objective(OBJECTIVE, direction)
        self.worst = math.inf if direction == "min" else -math.inf
        self.oracle = ORACLES[oracle](
            objective=objective,
            hyperparameters=hyperparameters(space),
            seed=seed,
            allow_new_entries=False,
            **more,
        )

    def ask(self, most: int) -> list[dict[str, Any]]:
        """At most so many trials that can begin now."""
        return [{"trial": trial.trial_id, "values": trial.hyperparameters.values} for trial in self._begun(most)]

    def begin(self, given: Sequence[Values], most: int) -> tuple[list[str], list[dict[str, Any]]]:
        """Names of settings that were not proposed, and the trials that begin with them: `most`, or all that need none.

        Those of Hyperband have all epochs, so it takes their settings for the first rung, and has no names for them.
        """
        self.oracle.given = list(given)
        if isinstance(self.oracle, Hyperband):
            return [], self.ask(most)
        names = [trial.trial_id for trial in self._begun(len(given))]
        return names, self.ask(max(0, self.oracle.initial - len(given)) if isinstance(self.oracle, Bayesian) else most)

    def tell(self, results: Sequence[tuple[str, float | None]]) -> None:
        """The score of each trial by its identifier; None for one that failed."""
        for name, score in results:
            trial = self.oracle.trials[name]
            if score is None and isinstance(self.oracle, Hyperband):
                score = self.worst
            trial.status = "FAILED" if score is None else "COMPLETED"
            if score is not None:
                self.oracle.update_trial(name, {OBJECTIVE: score})
            self.oracle.end_trial(trial)

    def _begun(self, most: int) -> Iterator[Any]:
        for _ in range(most):
            trial = self.oracle.create_trial(f"tuner {len(self.oracle.trials)}")
            if trial.status != "RUNNING":
                return
            yield trial


def hyperparameters(space: Sequence[Mapping[str, Any]]) -> keras_tuner.HyperParameters:
    """The space as keras-tuner has it: an entry of its `kind`, in the scopes of its conditions."""
    found = keras_tuner.HyperParameters()
    for one in space:
        arguments = {name: value for name, value in one.items() if name not in ("kind", "when")}
        with ExitStack() as scopes:
            for parent, values in one["when"].items():
                scopes.enter_context(found.conditional_scope(parent, values))
            getattr(found, one["kind"])(**arguments)
    return found
