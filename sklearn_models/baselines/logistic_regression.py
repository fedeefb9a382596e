"""Logistic regression; of a number, ridge regression."""

from typing import Any

from sklearn.linear_model import LogisticRegression, Ridge

LABELS = ("logistic regression", "ridge regression")


def build(task: str, seed: int) -> Any:
    """With scikit-learn's usual penalty, C = 1 and alpha = 1."""
    return Ridge() if task == "regression" else LogisticRegression(max_iter=2000)
