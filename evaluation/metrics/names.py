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
    "ece": "expected calibration error",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
}
MACRO = frozenset({"auroc", "average_precision", "f1", "precision", "recall", "specificity"})
"""Metrics of one class: those of several are averaged over the classes, each one vs. rest and of equal weight."""


def name_of(metric: str, task: str) -> str:
    """What `metric` is called in a `task`: `F1`, or with several classes `macro F1`."""
    return f"macro {NAMES[metric]}" if task == "multiclass" and metric in MACRO else NAMES[metric]
