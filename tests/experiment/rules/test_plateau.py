"""`training.plateau`: the rule of each member by itself, and its state."""

import numpy as np

from experiment.rules.plateau import PlateauRule

NAN = float("nan")


def sequences(members=60, epochs=60):
    values = np.random.default_rng(0).normal(size=(epochs, members)) + np.linspace(2, 0, epochs)[:, None]
    values[np.random.default_rng(1).random(values.shape) < 0.1] = NAN
    values[:4, 0], values[7, 1], values[:, 2] = NAN, np.inf, NAN
    return values


def test_a_finished_member_keeps_its_rate_whatever_comes():
    rule = PlateauRule(np.array([0.1, 0.1]), patience=0)
    for value in (1.0, 2.0):
        rule.update(np.array([value, value]), np.array([True, True]))
    kept = {name: array[1] for name, array in rule.state().items()}
    for value in (3.0, NAN, 0.5):
        rule.update(np.array([value, value]), np.array([True, False]))
    assert {name: array[1] for name, array in rule.state().items()} == kept
    assert rule.rates[0] < rule.rates[1]


def test_a_restored_rule_goes_on_as_if_nothing_had_happened():
    values, everyone, base = sequences(6), np.ones(6, bool), np.full(6, 0.1)
    settings = {"patience": 1, "factor": 0.5, "cooldown": 2}
    whole, first = PlateauRule(base, **settings), PlateauRule(base, **settings)
    for row in values:
        whole.update(row, everyone)
    for row in values[:17]:
        first.update(row, everyone)
    saved, second = first.state(), PlateauRule(base, **settings)
    first.update(values[17], everyone)
    second.restore(saved)
    for row in values[17:]:
        second.update(row, everyone)
    for name, array in whole.state().items():
        np.testing.assert_array_equal(second.state()[name], array)
    assert base.tolist() == [0.1] * 6
