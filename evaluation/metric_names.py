"""What the metrics are called where a person reads."""

NAMES = {
    "loss": "loss",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "specificity": "specificity",
    "accuracy": "accuracy",
    "brier": "Brier score",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
}

HUGE, NOISE = 1e7, 1e-14
"""From here on a number is written as a power of ten; and what is left of equal shares that were subtracted."""


def as_power(value: float, behind: int) -> bool:
    """Whether a number needs a power of ten: a huge one, and one of which so many digits would leave only zeros."""
    return abs(value) >= HUGE or NOISE < abs(value) < 0.5 * 10**-behind
