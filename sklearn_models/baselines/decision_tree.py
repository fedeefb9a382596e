"""One decision tree of at most five levels."""

from typing import Any

from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

LABELS = ("decision tree", "decision tree")


def build(task: str, seed: int) -> Any:
    """At most five levels, so that it can be read."""
    return (DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier)(max_depth=5, random_state=seed)
