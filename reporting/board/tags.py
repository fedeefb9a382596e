"""Names of everything that TensorBoard shows. Both frameworks use these, so that their curves overlay.

TensorBoard sorts groups, the part before the first slash, by name, and opens the first two: `loss` and `metric`.
"""

LOSS_TRAIN = "loss/train"
ACTIVE_FOLDS = "training/active_folds"

ROC = "roc"
PRECISION_RECALL = "precision_recall"
PR_CURVE = "pr_curve"
CALIBRATION = "calibration"
CONFUSION_MATRIX = "confusion_matrix"
SCORES = "scores"
FOLDS = "folds"
LEARNING_CURVES = "learning_curves"
PREDICTED_AGAINST_TRUE = "predicted_against_true"
PLOTS = (ROC, PRECISION_RECALL, CONFUSION_MATRIX, PREDICTED_AGAINST_TRUE, CALIBRATION, SCORES, FOLDS, LEARNING_CURVES)
"""The figures in the order in which they are shown."""

METRICS = "metrics"
STUDY = "study"
COMMAND = "command"

RESULT_DIRECTORY = "result"
"""The row of the HParams table lies in `<framework>/result/`, alone: all scalars beside it become columns."""


def validation(metric: str) -> str:
    """A live metric over the validation rows, as callbacks monitor it: `auroc` -> `auroc/validation`."""
    return f"{metric}/validation"


def card(monitor: str) -> str:
    """Tag of the median over the folds: `loss/train` as it is, `auroc/validation` -> `metric/auroc/validation`."""
    return monitor if monitor.startswith("loss/") else f"metric/{monitor}"


def quartiles(tag: str) -> tuple[str, str]:
    """Tags of the quartiles over the folds: `loss/train` -> `quartiles/loss/train/lower` and `/upper`."""
    return f"quartiles/{tag}/lower", f"quartiles/{tag}/upper"


def single_folds(tag: str) -> str:
    """What the tags of single folds begin with: `loss/train` -> `single_folds/loss/train/`."""
    return f"single_folds/{tag}/"


def plot(figure: str) -> str:
    """Tag of a figure, a group of its own, numbered in the order of `PLOTS`: `roc` -> `plot_1_roc`."""
    return f"plot_{PLOTS.index(figure) + 1}_{figure}"


def class_scores(name: str) -> str:
    """Tag of the histogram of the scores of one class's rows."""
    return f"scores/{name}"


def result(metric: str, part: str = "") -> str:
    """Tag of a final number: `auroc` -> `result/metric/auroc`, of the part `test` -> `result/test/auroc`."""
    return f"result/{part or ('' if metric == 'loss' else 'metric')}/{metric}".replace("//", "/")
