"""Gradient boosting of decision trees on binned inputs."""

from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

LABELS = ("gradient boosting", "gradient boosting")


def build(task: str, seed: int) -> Any:
    """With scikit-learn's usual settings, and without early stopping: it would hold out rows of its own."""
    kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    return kind(random_state=seed, early_stopping=False)
