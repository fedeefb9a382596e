"""A framework that trains nothing, so that the story of a run can be told in milliseconds."""

import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import pytest
from pretence import Pretence, checked

from experiment import conduct as story
from experiment.nets.net_check import CheckedNet
from experiment.record import live_events
from experiment.training.child import run_child
from experiment.training.fitting import fit_stacks


@pytest.fixture
def let_through() -> Callable[..., CheckedNet[None]]:
    return checked


@pytest.fixture
def pretend() -> type[Pretence]:
    return Pretence


@pytest.fixture
def frameworks(monkeypatch, pretend, let_through):
    """`frameworks(lightning=..., tensorflow=...)`: a `Pretence`, or the exit code of a child that fails."""

    def choose(**parts):
        called = []

        def train(run, name):
            called.append(name)
            part = parts.get(name, pretend())
            if isinstance(part, int):
                return part
            room = {"lightning": "lightning_mods", "tensorflow": "tf_models"}[name]
            monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
            monkeypatch.setattr(sys, "argv", [f"/project/{room}/fit.py", str(run.root)])
            return run_child(
                lambda study, folds, directory, **given: fit_stacks(study, folds, directory, part), let_through, part
            )

        monkeypatch.setattr(story, "training", lambda names, run, **given: nullcontext(partial(train, run)))
        return called

    return choose


@pytest.fixture(autouse=True)
def every_epoch_is_shown(monkeypatch):
    monkeypatch.setattr(live_events, "INTERVAL", 0.0)
