"""Trials of imaginary searches, written by hand."""

import numpy as np

from configs.member import Member
from configs.schema import Study
from configs.sections.search import Axis, Search
from evaluation.search.trial import Trial


def trial(number, objective, members=None, **more):
    """A `Trial` whose members have these objectives; of all folds unless `members` says which."""
    places = tuple(range(len(objective))) if members is None else tuple(members)
    known = {
        "values": {} if number == 0 else {"optimizer.learning_rate": 0.001 * (number + 1)},
        "round": 0, "weights": 100, "seconds": 1.5, "oracle": {}, "cause": "",
        "status": "done" if any(value is not None for value in objective) else "failed",
        "best_epoch": (4,) * len(places), "epochs": (10,) * len(places),
    }  # fmt: skip
    return Trial(number=number, members=places, objective=tuple(objective), **(known | more))


SPACE = {
    "optimizer.learning_rate": Axis(low=1e-4, high=1e-1, log=True),
    "model.dropout": Axis(low=0.0, high=0.5),
    "model.activation": Axis(choices=("relu", "selu", "tanh")),
}


def study_of(**search):
    """The default study with a `search` over `SPACE`."""
    return Study(search=Search(**({"space": SPACE, "objective": "auroc", "trials": 24} | search)))


def random_trials(number, folds, quality, seed=0):
    """`number` trials over `SPACE`; `quality(values, draw)` gives the objective of each fold, `(folds,)`."""
    draw, trials = np.random.default_rng(seed), []
    for place in range(number):
        values = {
            "optimizer.learning_rate": float(10 ** draw.uniform(-4, -1)),
            "model.dropout": float(draw.uniform(0, 0.5)),
            "model.activation": str(draw.choice(["relu", "selu", "tanh"])),
        }
        written = {"optimizer.learning_rate": 1e-3, "model.dropout": 0.2, "model.activation": "relu"}
        known = values if place else written
        trials.append(trial(place, [float(one) for one in quality(known, draw)], values=values if place else {}))
    return trials


def members_of(fits):
    """The members of a fold plan of these fits."""
    return [Member(fit.seed, fit.repeat, fit.fold, 0) for fit in fits]
