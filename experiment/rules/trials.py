"""Trials as members: studies that differ only in per-member settings train as one stack of folds times trials."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from configs.schema import Study
from datamodules.fold_data import FoldData

OWN = {
    "optimizer.learning_rate",
    "optimizer.weight_decay",
    "optimizer.clip_norm",
    "training.max_epochs",
    "training.early_stopping.patience",
    "training.early_stopping.min_delta",
}
"""Keys that may differ between the members of a stack; so may the schedule, and dropouts of the net
and real numbers of the loss."""
UNTRAINED = {"name", "framework", "evaluation", "output", "search", "launcher", "slurm", "ray"}
"""Sections that no training depends on."""


def may_share_stack(one: Study, other: Study) -> bool:
    """Whether the members of two studies can train as one stack: they differ in per-member settings alone."""
    return _shared(one) == _shared(other)


def with_trials(
    folds: FoldData, trials: Mapping[int, Study], places: Mapping[int, Sequence[int]] | None = None
) -> FoldData:
    """Members of `folds` in every trial: `trials` gives the study of each trial number, in the order of the stack.

    A trial has all members, or those at its `places` in `folds`, ascending. Its number labels a member's results. It
    enters no random stream: a fold starts with the same weights, and has the same batches and dropout masks in every
    trial.

    Raises:
        ValueError: two studies cannot share a stack, or there is none.
    """
    first, *others = trials.values()
    if not all(may_share_stack(first, other) for other in others):
        raise ValueError("the studies of the trials differ in more than per-member settings; train a stack for each")
    every = range(len(folds.members))
    stack = [(trial, index) for trial in trials for index in (places or {}).get(trial, every)]
    repeated = folds.subset([index for _, index in stack])
    keys = tuple(folds.members[index]._replace(trial=trial) for trial, index in stack)
    return replace(repeated, plan=replace(repeated.plan, members=keys), trials=dict(trials))


def _shared(study: Study) -> dict[str, Any]:
    """What all members of a stack have in common, by dotted key."""
    values = _flat(study.model_dump(mode="json", exclude=UNTRAINED))
    return {key: value for key, value in values if not _is_own(key, value)}


def _is_own(key: str, value: Any) -> bool:
    drops, scheduled = key.startswith("model.") and "dropout" in key, f"{key}.".startswith("optimizer.schedule.")
    return key in OWN or drops or scheduled or (key.startswith("training.loss.") and isinstance(value, float))


def _flat(section: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", value
