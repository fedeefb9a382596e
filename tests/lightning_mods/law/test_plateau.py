"""`training.plateau`: each member equals torch's ReduceLROnPlateau, on any sequence."""

import numpy as np
import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau

from experiment.rules.plateau import PlateauRule

NAN = float("nan")
SETTINGS = {
    "defaults": {},
    "no patience": {"patience": 0, "factor": 0.5},
    "min_delta": {"patience": 1, "factor": 0.7, "min_delta": 0.3},
    "cooldown": {"patience": 1, "factor": 0.5, "cooldown": 3},
    "a smallest rate": {"patience": 0, "factor": 0.3, "minimum": 0.004},
    "a smallest rate above the rate": {"patience": 0, "minimum": 0.5},
    "auroc": {"patience": 2, "factor": 0.5, "monitor": "auroc", "min_delta": 0.1, "cooldown": 1},
}


def sequences(members=60, epochs=60):
    values = np.random.default_rng(0).normal(size=(epochs, members)) + np.linspace(2, 0, epochs)[:, None]
    values[np.random.default_rng(1).random(values.shape) < 0.1] = NAN
    values[:4, 0], values[7, 1], values[:, 2] = NAN, np.inf, NAN
    return values


def of_torch(rate, values, factor=0.1, patience=5, min_delta=0.0, cooldown=0, minimum=0.0, monitor="loss"):
    """Rates of one member after each epoch."""
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    mode = "max" if monitor == "auroc" else "min"
    settings = {"threshold": min_delta, "threshold_mode": "abs", "cooldown": cooldown, "min_lr": minimum, "eps": 0.0}
    scheduler = ReduceLROnPlateau(optimizer, mode, factor, patience, **settings)
    rates = []
    for value in values:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_each_member_equals_torchs_scheduler_with_the_same_values(settings):
    values = sequences()
    base = np.geomspace(1e-3, 1e-1, values.shape[1])
    rule, rates = PlateauRule(base, **settings), []
    for row in values:
        before = rule.rates.copy()
        fallen = rule.update(row, np.ones(len(base), bool))
        rates.append(rule.rates.copy())
        np.testing.assert_array_equal(fallen, rule.rates < before)
    expected = [of_torch(rate, column, **settings) for rate, column in zip(base, values.T, strict=True)]
    np.testing.assert_array_equal(np.array(rates).T, expected)
    assert (rule.rates < base).any() == (settings.get("minimum") != 0.5)
