"""Names of everything that TensorBoard shows. Both frameworks use these, so that their curves overlay."""

LOSS_TRAIN = "loss/train"

ROC = "roc"
PRECISION_RECALL = "precision_recall"
PR_CURVE = "pr_curve"
CALIBRATION = "calibration"
CONFUSION_MATRIX = "confusion_matrix"
SCORES = "scores"
FOLDS = "folds"
LEARNING_CURVES = "learning_curves"
PREDICTED_AGAINST_TRUE = "predicted_against_true"
METRICS = "metrics"
STUDY = "study"
COMMAND = "command"

FOLDS_DIRECTORY = "folds"
"""Event files about all folds together lie in `<framework>/folds/`."""

RESULT_DIRECTORY = "result"
"""The row of the HParams table lies in `<framework>/result/`, alone: all scalars beside it become columns."""


def validation(metric: str) -> str:
    """Tag of a live metric over the validation rows after one epoch: `auroc` -> `auroc/validation`."""
    return f"{metric}/validation"


def band(tag: str) -> tuple[str, str, str]:
    """Tags of the mean over the folds and of the band's edges: `loss/train` -> `loss/train/mean`, `/low`, `/high`."""
    return f"{tag}/mean", f"{tag}/low", f"{tag}/high"


def class_scores(name: str) -> str:
    """Tag of the histogram of the scores of one class's rows."""
    return f"scores/{name}"
