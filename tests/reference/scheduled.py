"""What a training with a schedule or a plateau has to do, in either framework."""

import signal
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from small import small
from trajectory import FITS, largest_difference

from datamodules.fold_data import training_plan
from experiment.record.history import History, read_history
from experiment.rules.plateau import PlateauRule
from experiment.rules.schedule import load_schedule
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import Interrupted, Interrupts

EXACT = ("training.precision=64", "optimizer.name=sgd", "optimizer.learning_rate=0.1", "training.batch_size=257")
"""One fold has a row more than the others, so it takes two steps in an epoch where they take one."""
LAST = ("training.early_stopping=null",)
FALLING = (
    "optimizer.learning_rate=2", "training.max_epochs=12",
    "training.plateau={factor: 0.5, patience: 0, cooldown: 1, min_delta: 0.02}",
)  # fmt: skip


def trained(framework, folder, study, folds, interrupts=None):
    """Weights, and lines of the history."""
    folder.mkdir(exist_ok=True)
    directory = FrameworkDirectory(folder)
    result = import_module(FITS[framework]).fit(study, folds, directory, interrupts=interrupts)
    return result.weights, read_history(directory.history)


def rates_of(lines, members):
    """Learning rates by epoch, `(epochs, members)`; nan where a member does not train."""
    keys = [list(member) for member in members]
    found = np.full((len(lines), len(keys)), np.nan)
    for row, line in zip(found, lines, strict=True):
        for key, rate in zip(line["members"], line["learning_rate"], strict=True):
            row[keys.index(key)] = rate
    return found


def assert_the_record_has_the_rates_of_a_members_own_schedule(framework, folder):
    study, folds = small(*EXACT, *LAST, "optimizer.schedule={name: one_cycle, warmup: 0.2}", "training.max_epochs=5")
    steps = training_plan(folds, study.training).own_steps
    assert sorted(steps.tolist()) == [1, 2, 2] or sorted(steps.tolist()) == [1, 1, 2]
    _, lines = trained(framework, folder, study, folds)
    taken = steps * np.arange(1, 6)[:, None] - 1
    expected = 0.1 * load_schedule(study.optimizer.schedule)(taken / (steps * 5))
    np.testing.assert_allclose(rates_of(lines, folds.members), expected, rtol=1e-8)


def assert_every_step_of_a_chunk_has_the_rate_of_a_members_own_progress(chunk_rates, tensor):
    """`chunk_rates` is of a stack of `linear_study()`, `tensor` makes an array one of the framework."""
    study, folds = linear_study()
    totals = 5 * training_plan(folds, study.training).own_steps
    taken, active = np.array([0.0, 3.0, 4.0]), np.array([[True, True, False], [True, False, True], [True, True, True]])
    before = taken + np.cumsum(active, 0) - active
    expected = 0.1 * (1 - np.minimum(before, totals - 1) / totals)
    found = chunk_rates(tensor(np.full(3, 0.1)), tensor(taken), tensor(active))
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)


def linear_study():
    return small(*EXACT, *LAST, "optimizer.schedule=linear", "training.max_epochs=5")


def assert_a_member_of_a_stack_trains_like_the_same_member_alone(framework, folder):
    study, folds = small(*EXACT, *FALLING, "optimizer.schedule={name: cosine, warmup: 0.2}")
    weights, lines = trained(framework, folder / "stack", study, folds)
    for place in range(3):
        own, own_lines = trained(framework, folder / f"{place}", study, folds.subset([place]))
        assert largest_difference(own, {name: array[[place]] for name, array in weights.items()}) < 1e-10
        rates = rates_of(lines, folds.members)[:, place]
        alone = rates_of(own_lines, folds.members[place : place + 1])[:, 0]
        np.testing.assert_array_equal(rates[: len(alone)], alone)
        assert np.isnan(rates[len(alone) :]).all()


def assert_members_with_other_schedules_and_epochs_equal_each_of_them_alone(framework, folder):
    study, folds = small(*EXACT, *LAST)
    own = (
        ("optimizer.schedule=constant", "optimizer.learning_rate=0.1", "training.max_epochs=5"),
        ("optimizer.schedule={name: cosine, warmup: 0.3}", "optimizer.learning_rate=0.2", "training.max_epochs=3"),
        ("optimizer.schedule={name: step, every: 0.4}", "optimizer.learning_rate=0.3", "training.max_epochs=4"),
    )
    trials = {trial: small(*EXACT, *LAST, *said)[0] for trial, said in enumerate(own)}
    members = tuple(member._replace(trial=trial) for trial, member in enumerate(folds.members))
    together = replace(folds, plan=replace(folds.plan, members=members), trials=trials)
    weights, lines = trained(framework, folder / "stack", study, together)
    for trial, one in trials.items():
        alone, own_lines = trained(framework, folder / f"{trial}", one, folds.subset([trial]))
        assert largest_difference(alone, {name: array[[trial]] for name, array in weights.items()}) < 1e-10
        rates = rates_of(lines, members)[: len(own_lines), [trial]]
        np.testing.assert_array_equal(rates, rates_of(own_lines, folds.members[trial : trial + 1]))


def assert_a_plateau_lowers_the_rates_as_its_rule_does(framework, folder):
    study, folds = small(*EXACT, *FALLING)
    _, lines = trained(framework, folder, study, folds)
    rates, plateau = rates_of(lines, folds.members), study.training.plateau.model_dump()
    for place, member in enumerate(map(list, folds.members)):
        own = [line for line in lines if member in line["members"]]
        losses = [line["validation_loss"][line["members"].index(member)] for line in own]
        rule, expected = PlateauRule(np.array([2.0]), **plateau), []
        for loss in losses:
            expected.append(rule.rates[0])
            rule.update(np.array([np.nan if loss is None else loss]), np.array([True]))
        np.testing.assert_allclose(rates[: len(own), place], expected, rtol=1e-8)
    assert len(np.unique(rates[~np.isnan(rates)])) > 3
    assert len({tuple(column) for column in rates.T}) > 1


def assert_an_interrupted_training_goes_on_with_its_rates(framework, folder, monkeypatch):
    study, folds = small(*EXACT, *FALLING, "optimizer.schedule.warmup=0.1")
    whole, lines = trained(framework, folder / "whole", study, folds)
    interrupts, write = Interrupts(), History.write

    def write_and_stop(self, record):
        write(self, record)
        interrupts.received = signal.SIGTERM if record.epoch == 4 else None

    monkeypatch.setattr(History, "write", write_and_stop)
    with pytest.raises(Interrupted):
        trained(framework, folder / "stopped", study, folds, interrupts)
    interrupts.received = None
    resumed, resumed_lines = trained(framework, folder / "stopped", study, folds, interrupts)
    assert largest_difference(resumed, whole) == 0.0
    np.testing.assert_array_equal(rates_of(resumed_lines, folds.members), rates_of(lines, folds.members))
    assert len(resumed_lines) > 6
    assert rates_of(lines, folds.members)[4].min() < 2.0  # the warm-up is over, and a rate has fallen before the state
