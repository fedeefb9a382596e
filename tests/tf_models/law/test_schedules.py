"""The schedules that Keras has, too, are its own."""

import keras
import numpy as np
import pytest
import scheduled
import tensorflow as tf
from keras.optimizers import schedules

from configs.loading.loading import load_study
from experiment.rules.schedule import load_schedule
from tf_models.module import FoldModel

STEPS = 200
OF_KERAS = {
    "cosine": lambda: schedules.CosineDecay(1.0, STEPS),
    "{name: cosine, end_factor: 0.2, warmup: 0.1}": lambda: schedules.CosineDecay(
        0.0, STEPS - 20, alpha=0.2, warmup_target=1.0, warmup_steps=20
    ),
    "{name: linear, end_factor: 0.3}": lambda: schedules.PolynomialDecay(1.0, STEPS, 0.3),
    "{name: step, every: 0.25, gamma: 0.5}": lambda: schedules.ExponentialDecay(1.0, 50, 0.5, staircase=True),
}


@pytest.mark.parametrize(("schedule", "build"), OF_KERAS.items(), ids=OF_KERAS)
def test_a_schedule_equals_that_of_keras_in_every_step(schedule, build):
    theirs = build()
    expected = [float(keras.ops.convert_to_numpy(theirs(step))) for step in range(STEPS)]
    ours = load_schedule(load_study(None, [f"optimizer.schedule={schedule}"]).optimizer.schedule)
    np.testing.assert_allclose(ours(np.arange(STEPS) / STEPS), expected, rtol=1e-5, atol=1e-6)


def test_every_step_of_a_chunk_has_the_rate_of_a_members_own_progress():
    model = FoldModel(*scheduled.linear_study())
    scheduled.assert_every_step_of_a_chunk_has_the_rate_of_a_members_own_progress(model.chunk_rates, tf.constant)


def test_the_record_has_the_rates_of_a_members_own_schedule(tmp_path):
    scheduled.assert_the_record_has_the_rates_of_a_members_own_schedule("tensorflow", tmp_path)


def test_a_member_of_a_stack_trains_like_the_same_member_alone(tmp_path):
    scheduled.assert_a_member_of_a_stack_trains_like_the_same_member_alone("tensorflow", tmp_path)


def test_members_with_other_schedules_and_epochs_equal_each_of_them_alone(tmp_path):
    scheduled.assert_members_with_other_schedules_and_epochs_equal_each_of_them_alone("tensorflow", tmp_path)


def test_a_plateau_lowers_the_rates_as_its_rule_does(tmp_path):
    scheduled.assert_a_plateau_lowers_the_rates_as_its_rule_does("tensorflow", tmp_path)


def test_an_interrupted_training_goes_on_with_its_rates(tmp_path, monkeypatch):
    scheduled.assert_an_interrupted_training_goes_on_with_its_rates("tensorflow", tmp_path, monkeypatch)
