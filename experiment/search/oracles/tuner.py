"""An oracle of keras-tuner, which runs in a process of its own: what it is asked, and what it is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from configs.schema import Study
from configs.search.space import active, dimensions, searched, written_values
from datamodules.folds.random_streams import SEARCH, stream
from evaluation.judging.catalogue import metric_of
from evaluation.search.trial import Trial
from experiment.search.oracle import Proposal, score
from experiment.search.oracles.encoding import decoded, encoded, specification
from experiment.search.oracles.hyperband import FACTOR, sizes
from experiment.search.oracles.tuner_process import lease

ROUNDS = {"random": 64, "bayesian": 6, "hyperband": 10_000}
"""Largest number of proposals of a round; a round of Hyperband is the next rung of all brackets."""
EPOCHS = "training.max_epochs"


class Tuner:
    """Random, Bayesian or Hyperband, with a process that all oracles of this process share.

    Hyperband's rungs are values of `training.max_epochs`: a trial of a higher rung trains anew, with more epochs.
    """

    def __init__(self, study: Study, fold: int | None) -> None:
        """Start the process; it is not waited for. Raises RunError if keras-tuner is not installed."""
        self.search, self.space = searched(study), dimensions(study)
        self.written = written_values(study, self.space)
        self.epochs = study.training.max_epochs
        place = (study.seed, SEARCH) if fold is None else (study.seed, SEARCH, fold + 1)
        self.process = lease()
        self.number = self.process.open(self._made(int(stream(*place).integers(1, 2**31 - 1))))
        self.asked: list[str | None] = []

    def begin(self, settings: Sequence[Mapping[str, Any]]) -> list[Proposal]:
        """All that is drawn at random before the first result; `settings` that the space contains count as drawn."""
        places = [active(self.space, {**self.written, **values}) for values in settings]
        given = [encoded(self.space, values) for values in places]
        known = [values for values in given if values is not None]
        answer = self.process.call(begin=self.number, given=known, most=ROUNDS[self.search.oracle])
        names = iter(answer["given"])
        return self._asked(answer, [None if values is None else next(names, None) for values in given])

    def ask(self) -> list[Proposal]:
        """The proposals of the next round."""
        return self._asked(self.process.call(ask=self.number, most=ROUNDS[self.search.oracle]))

    def tell(self, trials: Sequence[Trial]) -> None:
        """The results of the round, but not of settings that the space does not contain.

        A trial that has failed, or has no finite objective, is told as failed. To Hyperband it is the worst, because
        a rung that lacks a trial would end.
        """
        pairs = zip(self.asked, trials, strict=True)
        self.process.call(tell=self.number, results=[[name, score(trial)] for name, trial in pairs if name])
        self.asked = []

    def close(self) -> None:
        """End the process, if no other oracle needs it."""
        self.process.release()

    def _made(self, seed: int) -> dict[str, Any]:
        """What the oracle is made of."""
        falls = metric_of(self.search.objective.key).falls
        made: dict[str, Any] = {"oracle": self.search.oracle, "seed": seed, "direction": "min" if falls else "max"}
        if self.search.oracle == "hyperband":
            left = self.search.trials - 1 - len(self.search.enqueue)
            made |= {"max_epochs": self.epochs, "factor": FACTOR, "sizes": sizes(self.epochs, left)}
        return made | {"space": specification(self.space)}

    def _asked(self, answer: Mapping[str, Any], given: Sequence[str | None] = ()) -> list[Proposal]:
        """The proposals of an `answer`; the names of all trials of the round, `given` ones first, are noted."""
        self.asked = [*given, *(one["trial"] for one in answer["proposals"])]
        return [self._proposal(one["trial"], one["values"]) for one in answer["proposals"]]

    def _proposal(self, name: str, values: Mapping[str, Any]) -> Proposal:
        own = {key: value for key, value in values.items() if key.startswith("tuner/")}
        epochs = {EPOCHS: int(own["tuner/epochs"])} if "tuner/epochs" in own else {}
        return Proposal(decoded(self.space, values) | epochs, {"trial": name} | own)
