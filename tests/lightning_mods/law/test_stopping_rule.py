"""The neutral rule against Lightning's own callback."""

import numpy as np
import pytest
import torch
from pytorch_lightning.callbacks import EarlyStopping

from experiment.rules.early_stopping import EarlyStoppingRule


@pytest.mark.parametrize("monitor", ["loss", "auroc"])
@pytest.mark.parametrize(("patience", "min_delta"), [(1, 0.0), (3, 0.0), (3, 0.2)])
def test_the_rule_ends_when_lightnings_early_stopping_does(monitor, patience, min_delta):
    values = np.random.default_rng(patience).normal(size=(60, 30))
    values[values > 1.8] = np.nan
    rule = EarlyStoppingRule(30, monitor, patience, min_delta)
    for epoch, row in enumerate(values):
        rule.update(epoch, row)
    for member, own in enumerate(values.T):
        mode = "max" if monitor == "auroc" else "min"
        stock = EarlyStopping(monitor, min_delta=min_delta, patience=patience, mode=mode, check_finite=False)
        ends = (stock._evaluate_stopping_criteria(torch.tensor(value))[0] for value in own)
        assert rule.epochs[member] == next(epoch for epoch, end in enumerate(ends, start=1) if end)
        assert np.abs(rule.best[member]) == abs(stock.best_score.item())
