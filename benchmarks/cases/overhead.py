"""Seconds of an epoch of a linear net, which computes next to nothing, for a few and for many steps."""

import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from statistics import median

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.peers.solo import SoloFold, solo_folds
from benchmarks.cases.synthetic import synthetic_folds, synthetic_table
from configs.learners import LEARNERS
from configs.schema import Study
from datamodules.fold_data import FoldData

STEPS = (8, 72)
EPOCHS = (4, 24)
# One member that trains on all rows: no test part, no validation part.
EMPTY = ("model.hidden=[]", "model.dropout=0.0", "folds.method=split", "folds.test_fraction=0",
         "folds.validation_fraction=0", f"training.max_epochs={EPOCHS[1]}")  # fmt: skip
# What `auto` takes for a long study; a short one would otherwise have another engine than a long one.
ENGINES = {"lightning": "traced", "tensorflow": "compiled"}
Epoch = Callable[[], float]


def by_difference(fit: Callable[[SoloFold], object], fold: SoloFold) -> float:
    """Seconds of an epoch: a long fit without a short one, so that what a fit does once is left out."""
    seconds = []
    for epochs in EPOCHS:
        started = time.perf_counter()
        fit(replace(fold, orders=fold.orders[:epochs]))
        seconds.append(time.perf_counter() - started)
    return (seconds[1] - seconds[0]) / (EPOCHS[1] - EPOCHS[0])


def ours(framework: str, study: Study, folds: FoldData) -> dict[str, Epoch]:
    """The stack of one, with a step and with an epoch in a chunk."""
    stack_class = import_module(f"benchmarks.cases.stack_{framework}").TimedStack
    chunks = {"a step a chunk": 1, "an epoch a chunk": "auto"}
    ways = {}
    for name, steps in chunks.items():
        chunked = study.model_copy(
            update={
                "training": study.training.model_copy(
                    update={"steps_per_execution": steps, "engine": ENGINES[framework]}
                )
            }
        )
        stack = stack_class(chunked, folds)
        ways[f"stack, {name}"] = lambda stack=stack: median(stack.epochs(EPOCHS[1]))
    return ways


def lightning_ways(study: Study, folds: FoldData) -> dict[str, Epoch]:
    """A plain loop, Lightning by itself, and ours."""
    from benchmarks.cases.peers import lightning_barebones, lightning_loader, torch_loop

    (fold,) = solo_folds(study, folds)
    fits = {
        "plain torch loop": torch_loop.fit,
        "Trainer(barebones=True)": lightning_barebones.fit,
        "Trainer, DataLoader": lightning_loader.fit,
    }
    peers = {name: lambda fit=fit: by_difference(lambda fold: fit(study, fold), fold) for name, fit in fits.items()}
    return peers | ours("lightning", study, folds)


def tensorflow_ways(study: Study, folds: FoldData) -> dict[str, Epoch]:
    """Keras by itself, and ours."""
    from benchmarks.cases.peers import keras_fit
    from benchmarks.cases.stack_tensorflow import Clock

    (fold,) = solo_folds(study, folds)

    def epoch(steps: int) -> float:
        clock = Clock()
        keras_fit.fit(study, fold, steps, [clock])
        return median(clock.seconds())

    peers = {
        "Keras fit, a step at a time": lambda: epoch(1),
        "Keras fit, an epoch at a time": lambda: epoch(fold.steps),
    }
    return peers | ours("tensorflow", study, folds)


if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    study = case_study([*EMPTY, *arguments.overrides])
    ways_of = {"lightning": lightning_ways, "tensorflow": tensorflow_ways}[arguments.framework]
    if arguments.framework == "lightning":
        from benchmarks.cases.peers.lightning_solo import quiet

        quiet()
    tables = [synthetic_folds(study, synthetic_table(steps * study.training.batch_size, 30)) for steps in STEPS]
    ways = [ways_of(study, folds) for folds in tables]
    rounds = [{name: [way[name]() for way in ways] for name in ways[0]} for _ in range(arguments.rounds)]
    emit({"steps": STEPS, "rounds": rounds})
