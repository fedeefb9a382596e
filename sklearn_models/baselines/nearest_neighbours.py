"""The fifteen nearest training rows, each with the same weight."""

from typing import Any

from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

LABELS = ("nearest neighbours", "nearest neighbours")


def build(task: str, seed: int) -> Any:
    """By the Euclidean distance of the preprocessed inputs."""
    return (KNeighborsRegressor if task == "regression" else KNeighborsClassifier)(n_neighbors=15)
