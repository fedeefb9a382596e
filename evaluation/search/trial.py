"""Trial: one setting of the hyper-parameters, and what its members reached on their validation rows."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple


class Trial(NamedTuple):
    """One line of `trials.jsonl`.

    Attributes:
        number: its place in the search, from 0; trial 0 is the study as written.
        values: dotted key -> value, where the trial differs from the study as written; {} for trial 0.
        members: indices of the members of the fold plan that trained with it: all, or those of one fold.
        round: trials of one round were proposed together, without knowing each other's results; round
            0 are the study as written and `enqueue`.
        status: "done", or "failed" if no member has a finite objective.
        cause: why it failed, else "".
        objective: of each member, in the order of `members`, on its validation rows; None for one that failed.
        best_epoch: of each member, from 0; -1 for one that failed.
        epochs: number of epochs that each member trained.
        weights: trained parameters of one network, by which "simplest" is judged; 0 if not known.
        seconds: its share of the time that its stack trained.
        oracle: what the oracle needs to continue from this trial (an identifier, a bracket, a round), as plain data.
    """

    number: int
    values: Mapping[str, Any]
    members: tuple[int, ...]
    round: int
    status: str
    cause: str
    objective: tuple[float | None, ...]
    best_epoch: tuple[int, ...]
    epochs: tuple[int, ...]
    weights: int
    seconds: float
    oracle: Mapping[str, Any]

    def line(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return self._asdict()

    def among(self, members: Collection[int]) -> "Trial":
        """The trial with those of its members alone."""
        places = [place for place, member in enumerate(self.members) if member in members]
        return self._replace(
            members=tuple(self.members[place] for place in places),
            objective=tuple(self.objective[place] for place in places),
            best_epoch=tuple(self.best_epoch[place] for place in places),
            epochs=tuple(self.epochs[place] for place in places),
        )

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> "Trial":
        """The trial of a `line`, whose lists become tuples. Raises TypeError, KeyError for one that is none."""
        lists = ("members", "objective", "best_epoch", "epochs")
        values: dict[str, Any] = {name: tuple(line[name]) if name in lists else line[name] for name in cls._fields}
        return cls(**values)
