"""Which nets are tried: for the tests of either framework."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from small import small

from experiment.run_directory import FrameworkDirectory


def assert_tried_once(monkeypatch: pytest.MonkeyPatch, root: Path, room: str, stacked: str) -> None:
    """No stack of a run tries the net that `check` has tried; a run without a check does, and a stack made by hand."""
    fit, module = (import_module(f"{room}.{name}") for name in ("fit", "module"))
    tries, try_net = [], module.try_net

    def noted(*arguments):
        tries.append(arguments)
        return try_net(*arguments)

    monkeypatch.setattr(module, "try_net", noted)
    study, folds = small("stack.size=1", "training.max_epochs=1")
    runs = [FrameworkDirectory(root / name) for name in ("checked", "not")]
    for run in runs:
        run.root.mkdir()
    checked = fit.fit(study, folds, runs[0], fit.check(study, folds))
    assert len(tries) == 1
    unchecked = fit.fit(study, folds, runs[1])
    assert len(tries) == 2
    for name, weights in checked.weights.items():
        np.testing.assert_array_equal(weights, unchecked.weights[name])
    getattr(module, stacked)(study, folds)
    assert len(tries) == 3
