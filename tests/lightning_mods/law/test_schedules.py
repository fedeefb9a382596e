"""The schedules that torch has, too, are its own."""

import numpy as np
import pytest
import scheduled
import torch
from torch.optim import SGD, lr_scheduler

from configs.loading.loading import load_study
from experiment.rules.schedule import load_schedule
from lightning_mods.module import FoldModule

STEPS = 200


def stepped(build, steps=STEPS):
    """The rates that a scheduler of torch gives an optimizer whose rate is 1."""
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, rates = build(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


def one_cycle(share, steps=STEPS, **settings):
    """torch's cycle ends with its last step; ours ends with the training, one step later."""
    start = (share * steps + 1) / (steps + 1)
    settings = {"max_lr": 1.0, "total_steps": steps + 1, "pct_start": start, "cycle_momentum": False} | settings
    return lambda optimizer: lr_scheduler.OneCycleLR(optimizer, **settings)


def after_warmup(steps, build):
    """torch's rise cannot start at 0: it starts at a share of it that is nothing."""

    def sequence(optimizer):
        rise = lr_scheduler.LinearLR(optimizer, 1e-12, 1.0, steps)
        return lr_scheduler.SequentialLR(optimizer, [rise, build(optimizer)], [steps])

    return sequence


OF_TORCH = {
    "constant": lambda one: lr_scheduler.ConstantLR(one, 1.0),
    "cosine": lambda one: lr_scheduler.CosineAnnealingLR(one, STEPS),
    "{name: cosine, end_factor: 0.2}": lambda one: lr_scheduler.CosineAnnealingLR(one, STEPS, eta_min=0.2),
    "linear": lambda one: lr_scheduler.LinearLR(one, 1.0, 0.0, STEPS),
    "{name: linear, end_factor: 0.3}": lambda one: lr_scheduler.LinearLR(one, 1.0, 0.3, STEPS),
    "step": lambda one: lr_scheduler.StepLR(one, 60),
    "{name: step, every: 0.1, gamma: 0.7}": lambda one: lr_scheduler.StepLR(one, 20, 0.7),
    "one_cycle": one_cycle(0.3),
    "{name: one_cycle, pct_start: 0.45, div_factor: 5, final_div_factor: 10}": one_cycle(
        0.45, div_factor=5.0, final_div_factor=10.0
    ),
    "{name: constant, warmup: 0.1}": after_warmup(20, lambda one: lr_scheduler.ConstantLR(one, 1.0)),
    "{name: cosine, warmup: 0.1}": after_warmup(20, lambda one: lr_scheduler.CosineAnnealingLR(one, STEPS - 20)),
    "{name: step, every: 0.5, warmup: 0.25}": after_warmup(50, lambda one: lr_scheduler.StepLR(one, 75)),
}


@pytest.mark.parametrize(("schedule", "build"), OF_TORCH.items(), ids=OF_TORCH)
def test_a_schedule_equals_that_of_torch_in_every_step(schedule, build):
    ours = load_schedule(load_study(None, [f"optimizer.schedule={schedule}"]).optimizer.schedule)
    np.testing.assert_allclose(ours(np.arange(STEPS) / STEPS), stepped(build), rtol=1e-9, atol=2e-12)


def test_every_step_of_a_chunk_has_the_rate_of_a_members_own_progress():
    module = FoldModule(*scheduled.linear_study())
    scheduled.assert_every_step_of_a_chunk_has_the_rate_of_a_members_own_progress(module.chunk_rates, torch.as_tensor)


def test_the_record_has_the_rates_of_a_members_own_schedule(tmp_path):
    scheduled.assert_the_record_has_the_rates_of_a_members_own_schedule("lightning", tmp_path)


def test_a_member_of_a_stack_trains_like_the_same_member_alone(tmp_path):
    scheduled.assert_a_member_of_a_stack_trains_like_the_same_member_alone("lightning", tmp_path)


def test_members_with_other_schedules_and_epochs_equal_each_of_them_alone(tmp_path):
    scheduled.assert_members_with_other_schedules_and_epochs_equal_each_of_them_alone("lightning", tmp_path)


def test_a_plateau_lowers_the_rates_as_its_rule_does(tmp_path):
    scheduled.assert_a_plateau_lowers_the_rates_as_its_rule_does("lightning", tmp_path)


def test_an_interrupted_training_goes_on_with_its_rates(tmp_path, monkeypatch):
    scheduled.assert_an_interrupted_training_goes_on_with_its_rates("lightning", tmp_path, monkeypatch)
