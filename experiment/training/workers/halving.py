"""Halves of a part that a device has no memory for: each goes on from what the part had trained."""

import numpy as np
from numpy.typing import NDArray

from datamodules.fold_data import FoldData
from experiment.record.history import lines_of
from experiment.rules.compaction import of_members
from experiment.run.files.checkpoints import State, pack, unpack
from experiment.run.marks.folds import PLAN, plan_digest
from experiment.training.workers.parts import Part, Parts

STACK, COMPACTION = "stack.", "stack.compaction."


def halve(part: Part, parts: Parts, folds: FoldData) -> int:
    """Train the halves of `part` instead, from its newest state; return the first epoch that they train.

    `folds` are those of the study. Who is killed in between finds the part as it was, or its halves. Raises OSError.
    """
    epoch, state = parts.checkpoints(part).newest() or (-1, {})
    for half in part.halves if state else ():
        places = np.arange(half.start, half.stop) - part.start
        parts.checkpoints(half).save(epoch, state_of(state, places, folds.subset(half.indices)))
    parts.halve(part)
    return epoch + 1


def state_of(state: State, places: NDArray[np.int64], folds: FoldData) -> State:
    """The `state` of a stack, for a stack of its members at `places` alone, which are those of `folds`."""
    members = len(state["rule.active"])
    own: State = {"seconds": state["seconds"] * (len(places) / members)}
    own["history"] = pack(lines_of(unpack(state["history"]), folds.members))
    if STACK + PLAN in state:
        own[STACK + PLAN] = plan_digest(folds)
    if compaction := {name.removeprefix(COMPACTION): state[name] for name in state if name.startswith(COMPACTION)}:
        kept = of_members(compaction, state["rule.active"][places])
        own |= {COMPACTION + name: array for name, array in kept.items()}
    return {name: own[name] if name in own else array[places] for name, array in state.items()}
