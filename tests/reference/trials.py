"""Which nets are tried: for the tests of either framework."""

from importlib import import_module

import pytest
from small import small


def assert_tried_once(monkeypatch: pytest.MonkeyPatch, room: str, stacked: str) -> None:
    """The net that `check` has tried is not tried again; one with other weights is, and one that is built otherwise."""
    fit, module, mlp = (import_module(f"{room}.{name}") for name in ("fit", "module", "nets.mlp"))
    stack, try_net, build = getattr(module, stacked), module.try_net, mlp.build
    tried = []

    def noted(*arguments):
        tried.append(arguments)
        return try_net(*arguments)

    monkeypatch.setattr(module, "try_net", noted)
    study, folds = small("seed=4711")
    trial = fit.check(study, folds)
    assert stack(study, folds).trial is trial
    assert len(tried) == 1
    stack(*small("seed=4712"))
    assert len(tried) == 2
    monkeypatch.setattr(mlp, "build", lambda *given, **named: build(*given, **named))  # as if reloaded
    stack(study, folds)
    assert len(tried) == 3
