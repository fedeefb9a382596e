"""A framework that trains nothing, for processes of any launcher: what they train is noted in a file."""

import os
from dataclasses import replace
from pathlib import Path

from pretence import Pretence

from configs.learners import LEARNERS

REFERENCE = Path(__file__).resolve().parent
FIT = "counted.lightning_mods.fit"
"""Its module, in a folder that is called as the room of the learner that it stands for."""
ROOM = """
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {reference!r})
from counting import as_rated
from pretence import Pretence, checked
from experiment.training.child import run_child
from experiment.training.fitting import fit_stacks
here = Path({here!r})

def after_epoch(epoch, session):
    session.checkpoints.every_seconds = 0.0
    fold = session.members[0].fold
    with (here / "trained").open("a") as file:
        print(os.getpid(), fold, epoch, file=file)
{hook}

part, check = as_rated(Pretence(after_epoch=after_epoch)), checked
def fit_part(*given, checked): return part(*given)
def fit(study, folds, run, checked=None, **given): return fit_stacks(study, folds, run, part, **given)
if __name__ == "__main__":
    sys.exit(run_child(fit, check, fit_part))
"""
SLOW = "    time.sleep(0.05)"
ONCE = """
    time.sleep(0.05)
    if (fold, epoch) == (0, 3) and not (here / "once").exists():
        (here / "once").touch()
        {act}
"""


def as_rated(part: Pretence):
    """A `fit_part` whose logits grow with the learning rate of each member."""

    def rated(study, folds, session):
        result = part(study, folds, session)
        rates = [folds.trials.get(member.trial, study).optimizer.learning_rate for member in folds.members]
        return replace(result, logits=[one * (1.0 + rate) for one, rate in zip(result.logits, rates, strict=True)])

    return rated


def write_room(folder: Path, hook: str = SLOW) -> str:
    """Write its module into `folder`; the PYTHONPATH with which it is the framework `lightning` of a process.

    `hook` runs after each epoch of a part.
    """
    room = folder / "counted" / "lightning_mods" / "fit.py"
    room.parent.mkdir(parents=True, exist_ok=True)
    room.write_text(ROOM.format(reference=str(REFERENCE), here=str(folder), hook=hook))
    (folder / "sitecustomize.py").write_text(
        f'from configs.learners import LEARNERS\nLEARNERS["lightning"] = LEARNERS["lightning"]._replace(fit="{FIT}")\n'
    )
    return os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])


def install(folder: Path, monkeypatch, hook: str = SLOW) -> None:
    """Make it the framework `lightning` here and in processes that start; `hook` runs after each epoch of a part."""
    monkeypatch.setenv("PYTHONPATH", write_room(folder, hook))
    monkeypatch.setitem(LEARNERS, "lightning", LEARNERS["lightning"]._replace(fit=FIT))


def trained(folder: Path) -> list[tuple[int, int, int]]:
    """What the processes have trained: process, first fold of the part, epoch."""
    return [tuple(map(int, line.split())) for line in (folder / "trained").read_text().splitlines()]
