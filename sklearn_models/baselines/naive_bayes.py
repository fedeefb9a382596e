"""Gaussian naive Bayes; of a number, Bayesian ridge regression."""

from typing import Any

from sklearn.linear_model import BayesianRidge
from sklearn.naive_bayes import GaussianNB

LABELS = ("naive Bayes", "Bayesian ridge regression")


def build(task: str, seed: int) -> Any:
    """Inputs are taken as independent and normal within a class."""
    return BayesianRidge() if task == "regression" else GaussianNB()
