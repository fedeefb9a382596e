"""The fitted temperature against a grid and against SciPy's minimiser of scikit-learn's log loss."""

import numpy as np
import pytest
from imagined import validation_of
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from evaluation.choices.temperature import fit_temperature, temperatures
from evaluation.judging.probabilities import probabilities


def rows(task: str, seed: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are `sharpness` times those that the targets were drawn by."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(300, 1 if task == "binary" else 3)) * 2
    chances = probabilities(logits, task)
    every = np.concatenate([1 - chances, chances], axis=1) if task == "binary" else chances
    targets = (rng.random(300)[:, None] > every.cumsum(axis=1)).sum(axis=1)
    return logits * sharpness, targets


def loss(task: str, logits: np.ndarray, targets: np.ndarray, temperature: float) -> float:
    return log_loss(targets, probabilities(logits / temperature, task), labels=range(2 if task == "binary" else 3))


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("sharpness", [0.02, 0.5, 1.0, 4.0, 40.0])
def test_the_temperature_is_the_one_of_the_lowest_loss(task, sharpness):
    logits, targets = rows(task, 0, sharpness)
    fitted = fit_temperature(logits, targets, task)
    bounds = 0.05 * sharpness, 20 * sharpness
    known = minimize_scalar(lambda t: loss(task, logits, targets, t), bounds=bounds, options={"xatol": 1e-9})
    assert fitted == pytest.approx(known.x, rel=1e-4)
    assert fitted == pytest.approx(sharpness, rel=0.35)
    grid = [loss(task, logits, targets, t) for t in np.geomspace(*bounds, 200)]
    assert loss(task, logits, targets, fitted) <= min(grid) + 1e-12


def test_rows_that_are_all_right_or_tell_nothing_have_no_temperature():
    targets = np.array([0, 1, 0, 1])
    assert fit_temperature((targets[:, None] - 0.5) * 3, targets, "binary") is None
    assert fit_temperature((0.5 - targets[:, None]) * 3, targets, "binary") is None
    assert fit_temperature(np.zeros((4, 1)), targets, "binary") is None
    assert fit_temperature(np.eye(3), np.arange(3), "multiclass") is None


def test_each_member_has_its_own_and_the_reason_where_it_has_none(imagine):
    validation = validation_of(*imagine("multiclass"))
    validation.logits[np.flatnonzero(validation.fold == 1)[0]] = np.nan
    validation.logits[validation.fold == 2] = 20 * np.eye(3)[validation.target[validation.fold == 2]]
    known = validation.select(validation.fold != 3)
    found, reasons = temperatures(known, [(0, 0, fold) for fold in range(4)])
    mine = validation.of_member(0, 0, 0)
    assert found[0] == fit_temperature(mine.logits, mine.target, "multiclass") != 1
    assert found[1:].tolist() == [1.0] * 3
    assert [reason.partition(";")[0] for reason in reasons.values()] == [
        "it has no finite predictions for its validation rows",
        "no temperature lowers the loss of its validation rows most",
        "there are no validation rows to fit a temperature on",
    ]
