"""Rows with infinite values, given to a model as arrays, past the checks of files: of either framework."""

from importlib import import_module

import numpy as np
from mixed import OPTIONS, mixed

from experiment.nets.networks import Networks
from experiment.nets.predictor import Predictor
from experiment.rules.initial_weights import initial_weights

SATURATING = "model.activation=tanh"
"""An activation that makes a finite number of an infinite one."""


def assert_infinite_rows(room: str) -> None:
    """No model of a stack or of a fold answers them with a finite number; where they are missing, as missing ones."""
    for infinite in ("refuse", "missing"):
        for option in OPTIONS:
            study, folds = mixed(*option, SATURATING, f"inputs.infinite={infinite}", seed=1)
            finite = np.nan_to_num(folds.table.features[:8], nan=1.0)
            rows = finite.copy()
            rows[np.arange(6), np.arange(6)] = np.inf
            rows[6, 7] = -np.inf
            lost = np.where(np.isinf(rows), np.float32(np.nan), rows)
            for name, model in _models(room, study, folds).items():
                found, other = model(rows), model(lost if infinite == "missing" else finite)
                assert np.isfinite(other[..., 7, :]).all()
                if infinite == "refuse":
                    assert np.isnan(found[..., :7, :]).all(), (name, option)
                    found, other = found[..., 7:, :], other[..., 7:, :]
                np.testing.assert_array_equal(found, other, err_msg=f"{name} {option}")


def assert_no_class_of_infinite_rows(room: str) -> None:
    """A predictor gives them no class."""
    study, folds = mixed(SATURATING, "inputs.scale=quantile")
    row_logits = _row_logits(room, _stack(room, study, folds), study, folds)
    predictor = Predictor(row_logits, "binary", folds.table.classes, folds.statistics)
    rows = np.nan_to_num(folds.table.features[:3])
    rows[1, 0] = np.inf
    found = predictor.predict(rows)
    assert found["predicted"].is_null().to_list() == [False, True, False]
    assert found["probability_yes"].is_nan().to_list() == [False, True, False]


def _models(room, study, folds):
    """Functions of raw rows, by name."""
    model = _stack(room, study, folds)
    statistics = folds.statistics.subset([1])
    network = import_module(f"{room}.fold_network").FoldNetwork(study, "binary", 1, statistics)
    if room == "lightning_mods":
        network.eval()
    return {
        "stack": lambda rows: np.asarray(_plain(model(_tensor(room, rows)))),
        "fold": lambda rows: np.asarray(_plain(network(_tensor(room, rows)))),
        "run": _row_logits(room, model, study, folds),
    }


def _stack(room, study, folds):
    module = import_module(f"{room}.module")
    return (module.FoldModule if room == "lightning_mods" else module.FoldModel)(study, folds)


def _row_logits(room, model, study, folds):
    layout, table = model.stack.layout, folds.table
    weights = layout.unflatten(initial_weights(layout, folds.members))
    keys = tuple(member[:3] for member in folds.members)
    known = study, table.task, table.classes, table.columns, weights, folds.statistics, keys, {}, table.schema, {}
    return import_module(f"{room}.predicting").member_logits(Networks(*known))


def _tensor(room, rows):
    return import_module("torch").as_tensor(rows) if room == "lightning_mods" else rows


def _plain(found):
    return found.detach() if hasattr(found, "detach") else found
