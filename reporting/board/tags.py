"""TensorBoard tags, common to both frameworks so that their curves overlay.

TensorBoard sorts groups, the part before the first slash, by name, and opens the first two: `loss` and `metric`.
"""

LOSS_TRAIN = "loss/train"
ACTIVE_FOLDS = "training/active_folds"
LEARNING_RATE = "training/learning_rate"

ROC = "roc"
PRECISION_RECALL = "precision_recall"
PR_CURVE = "pr_curve"
CALIBRATION = "calibration"
CONFUSION_MATRIX = "confusion_matrix"
SCORES = "scores"
FOLDS = "folds"
LEARNING_CURVES = "learning_curves"
PREDICTED_AGAINST_TRUE = "predicted_against_true"
RESIDUALS = "residuals"
PLOTS = (
    ROC, PRECISION_RECALL, CONFUSION_MATRIX, PREDICTED_AGAINST_TRUE, CALIBRATION, SCORES, FOLDS, LEARNING_CURVES,
    RESIDUALS,
)  # fmt: skip
"""The figures in display order; a new one is the last, because their numbers are in the tags of older runs."""

METRICS = "metrics"
STUDY = "study"
COMMAND = "command"

RESULT_DIRECTORY = "result"
"""Directory of the HParams row, `<framework>/result/`, with no other scalars: those beside it become columns."""


def validation(metric: str) -> str:
    """Name of a live metric over the validation rows, for callbacks' `monitor`: `auroc` -> `auroc/validation`."""
    return f"{metric}/validation"


def card(monitor: str) -> str:
    """Tag of the median over the folds: `loss/train` unchanged, `auroc/validation` -> `metric/auroc/validation`."""
    return monitor if monitor.startswith("loss/") else f"metric/{monitor}"


def quartiles(tag: str) -> tuple[str, str]:
    """Tags of the quartiles over the folds: `loss/train` -> `quartiles/loss/train/lower` and `/upper`."""
    return f"quartiles/{tag}/lower", f"quartiles/{tag}/upper"


def single_folds(tag: str) -> str:
    """Prefix of the tags of single folds: `loss/train` -> `single_folds/loss/train/`."""
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


def objective(name: str) -> str:
    """Tag of a trial's mean objective over the folds, `auroc` -> `objective/auroc`, or of its `standard_error`."""
    return f"objective/{name}"


def trained(name: str) -> str:
    """Tag of what a trial took: its `epochs`, `seconds` or `weights`."""
    return f"trained/{name}"
