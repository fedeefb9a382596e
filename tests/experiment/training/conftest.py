"""Trainings by a launcher, with a framework that trains nothing."""

import pytest
from counting import SLOW, install
from launched import STUDY
from small import small

from experiment.record.log import kept_in
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from experiment.training.workers.workers import workers_of


@pytest.fixture
def directory(tmp_path):
    """Of the framework, in a run of this test."""
    (tmp_path / "run" / "lightning").mkdir(parents=True)
    return FrameworkDirectory(tmp_path / "run" / "lightning")


@pytest.fixture
def fit(tmp_path, directory, monkeypatch):
    """Train by a launcher, in whose processes `hook` runs after each epoch."""

    def train(*overrides, hook=SLOW, interrupts=None):
        install(tmp_path, monkeypatch, hook)
        study, folds = small(*STUDY, *overrides)
        with kept_in(directory.log), workers_of(study, directory, debug=False) as workers:
            return fit_stacks(study, folds, directory, None, workers=workers, interrupts=interrupts)

    return train
