"""Which nets are tried: for the tests of either framework."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from small import small

from experiment.record.graph_file import read_graph
from experiment.run.framework_directory import FrameworkDirectory


def assert_tried_once(monkeypatch: pytest.MonkeyPatch, root: Path, room: str, stacked: str) -> None:
    """No stack of a run tries the net that `check` has tried; a run without a check does, and a stack made by hand.

    The graph that is shown is that of a net which no stack has used, dropout on.
    """
    fit, module = (import_module(f"{room}.{name}") for name in ("fit", "module"))
    tries, try_net = [], module.try_net

    def noted(*arguments):
        tries.append(arguments)
        return try_net(*arguments)

    monkeypatch.setattr(module, "try_net", noted)
    study, folds = small("stack.size=1", "training.max_epochs=1", "model.dropout=0.2", "output.tensorboard=true")
    runs = [FrameworkDirectory(root / name) for name in ("checked", "not")]
    for run in runs:
        run.root.mkdir()
    checked = fit.fit(study, folds, runs[0], fit.check(study, folds))
    assert len(tries) == 1
    unchecked = fit.fit(study, folds, runs[1])
    assert len(tries) == 2
    for name, weights in checked.weights.items():
        np.testing.assert_array_equal(weights, unchecked.weights[name])
    graphs = [[node.name.partition("/")[0] for node in read_graph(run.graph)] for run in runs]
    assert all("dropouts.0" in names for names in graphs)
    getattr(module, stacked)(study, folds)
    assert len(tries) == 3
