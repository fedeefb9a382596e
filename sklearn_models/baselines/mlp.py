"""scikit-learn's multi-layer perceptron with one hidden layer of a hundred units."""

from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

LABELS = ("multi-layer perceptron", "multi-layer perceptron")


def build(task: str, seed: int) -> Any:
    """With scikit-learn's usual settings and 500 epochs at most; a regression learns standardised targets."""
    if task == "regression":
        return TransformedTargetRegressor(MLPRegressor(max_iter=500, random_state=seed), transformer=StandardScaler())
    return MLPClassifier(max_iter=500, random_state=seed)
