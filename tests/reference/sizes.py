"""Sizes of a learning curve as members of one stack: of either framework."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
from small import small

from datamodules.fold_data import fold_data
from evaluation.predictions import read_predictions
from experiment.learning_curve.conducting import learn, with_sizes
from experiment.learning_curve.sizes import size_directory
from experiment.results.judging import read_fits
from experiment.run.framework_directory import FrameworkDirectory

OVERRIDES = ("training.precision=64", "training.max_epochs=6", "model.dropout=0.2", "training.batch_size=16")
SIZES = (1.0, 0.25, 0.1)


def assert_sizes_are_their_studies(root: Path, room: str) -> None:
    """A size is the study alone with those rows, and the whole is the study as it is."""
    study, folds = small(*OVERRIDES)
    fit = import_module(f"{room}.fit").fit
    stack = with_sizes(study, folds, SIZES)
    whole = fit(study, stack, _made(root / "stack"))
    for number in range(len(SIZES)):
        own = replace(stack.subset(range(3 * number, 3 * number + 3)), trials={})
        plan = replace(own.plan, members=folds.members)
        alone = fit(study, folds if number == 0 else fold_data(study, plan, folds.table), _made(root / f"{number}"))
        part = whole.subset(range(3 * number, 3 * number + 3))
        np.testing.assert_array_equal(part.best_epoch, alone.best_epoch)
        for name, weights in alone.weights.items():
            np.testing.assert_allclose(part.weights[name], weights, rtol=1e-7, atol=1e-9)
        for found, expected in zip(part.logits, alone.logits, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def assert_files_of_every_size(root: Path, room: str, learner: str) -> None:
    """The whole has the files of an ordinary training, each size its predictions, those of its training rows too."""
    study, folds = small("training.max_epochs=2")
    fit = import_module(f"{room}.fit").fit
    directory, plain = _made(root / "run" / learner), _made(root / "plain" / learner)
    assert learn(fit, study, folds, directory, (0.25, 1.0)) == 0
    result = fit(study, folds, plain)
    scored = read_predictions(directory.predictions)
    for member, (own, logits) in enumerate(zip(folds.rows(3, 4), result.logits, strict=True)):
        found = scored.of_member(*folds.members[member][:3])
        assert set(found.row) == set(own)
        assert len(found.row) < len(logits)
    trained = []
    for size in (0.25, 1.0):
        kept = size_directory(directory, size)
        training = read_predictions(kept.training)
        assert set(training.role) == {"train"}
        assert np.isfinite(training.logits).all()
        fits = read_fits(kept)["members"]
        assert [one["train_rows"] for one in fits] == [len(training.of_member(0, 0, one["fold"]).row) for one in fits]
        trained.append(fits[0]["train_rows"])
    assert trained[0] == int(trained[1] * 0.25)
    assert read_fits(directory)["members"][0]["train_rows"] == trained[1]
    assert not (directory.root / "sizes" / "stack").exists()


def _made(root: Path) -> FrameworkDirectory:
    root.mkdir(parents=True)
    return FrameworkDirectory(root)
