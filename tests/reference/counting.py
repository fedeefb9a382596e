"""A framework that trains nothing, for processes of any launcher: what they train is noted in a file."""

import os
from dataclasses import replace
from pathlib import Path

from pretence import Pretence

from configs.learners import LEARNERS

REFERENCE = Path(__file__).resolve().parent
ROOM = """
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {reference!r})
from counting import as_rated
from pretence import Pretence, tried
from experiment.training.interrupts import Interrupts
from experiment.training.workers.worker import Networks, run_worker
here = Path({here!r})

def after_epoch(epoch, session):
    session.checkpoints.every_seconds = 0.0
    fold = session.members[0].fold
    with (here / "trained").open("a") as file:
        print(os.getpid(), fold, epoch, file=file)
{hook}

part, check = as_rated(Pretence(after_epoch=after_epoch)), tried
def fit_part(*given, tried): return part(*given)
if __name__ == "__main__":
    with Interrupts(alone=False) as interrupts:
        sys.exit(run_worker("lightning", Networks(check, fit_part, interrupts)))
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


def install(folder: Path, monkeypatch, hook: str = SLOW) -> None:
    """Make it the framework `lightning` here and in processes that start; `hook` runs after each epoch of a part."""
    (folder / "counting_room.py").write_text(ROOM.format(reference=str(REFERENCE), here=str(folder), hook=hook))
    (folder / "sitecustomize.py").write_text(
        "from configs.learners import LEARNERS\n"
        'LEARNERS["lightning"] = LEARNERS["lightning"]._replace(fit="counting_room")\n'
    )
    monkeypatch.setitem(LEARNERS, "lightning", LEARNERS["lightning"]._replace(fit="counting_room"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))


def trained(folder: Path) -> list[tuple[int, int, int]]:
    """What the processes have trained: process, first fold of the part, epoch."""
    return [tuple(map(int, line.split())) for line in (folder / "trained").read_text().splitlines()]
