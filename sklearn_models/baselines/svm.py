"""Support vector machine with a Gaussian kernel, for classes with calibrated probabilities."""

from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

LABELS = ("support vector machine", "support vector regression")


def build(task: str, seed: int) -> Any:
    """Probabilities by Platt's method on three parts of the training rows; a regression learns standardised targets."""
    if task == "regression":
        return TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    return CalibratedClassifierCV(SVC(random_state=seed), cv=3, ensemble=False)
