"""The neutral rule against Keras's own callback."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from experiment.rules.early_stopping import EarlyStoppingRule


@pytest.mark.parametrize("monitor", ["loss", "auroc"])
@pytest.mark.parametrize(("patience", "min_delta"), [(1, 0.0), (3, 0.0), (3, 0.2)])
def test_the_rule_ends_when_keras_early_stopping_does(monitor, patience, min_delta):
    values = np.random.default_rng(patience).normal(size=(60, 30))
    values[1:][values[1:] > 1.8] = np.nan
    rule = EarlyStoppingRule(30, monitor, patience, min_delta)
    for epoch, row in enumerate(values):
        rule.update(epoch, row)
    for member, own in enumerate(values.T):
        mode = "max" if monitor == "auroc" else "min"
        stock = keras.callbacks.EarlyStopping("x", min_delta=min_delta, patience=patience, mode=mode)
        model = SimpleNamespace(stop_training=False)
        stock.set_model(model)
        stock.on_train_begin()
        epoch = -1
        while not model.stop_training:
            epoch += 1
            stock.on_epoch_end(epoch, {"x": own[epoch]})
        assert (rule.epochs[member], rule.best_epoch[member]) == (epoch + 1, stock.best_epoch)
