"""Random forest of a hundred trees."""

from typing import Any

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

LABELS = ("random forest", "random forest")


def build(task: str, seed: int) -> Any:
    """With scikit-learn's usual settings."""
    return (RandomForestRegressor if task == "regression" else RandomForestClassifier)(random_state=seed)
