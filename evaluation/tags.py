"""Names of everything that TensorBoard shows. Both frameworks use these, so that their curves overlay."""

LOSS_TRAIN = "loss/train"

ROC = "roc"
PRECISION_RECALL = "precision_recall"
CONFUSION_MATRIX = "confusion_matrix"
PREDICTED_AGAINST_TRUE = "predicted_against_true"
METRICS = "metrics"

FOLDS_DIRECTORY = "folds"
"""Event files about all folds together lie in `<framework>/folds/`."""


def validation(metric: str) -> str:
    """Tag of a live metric over the validation rows after one epoch: `auroc` -> `auroc/validation`."""
    return f"{metric}/validation"
