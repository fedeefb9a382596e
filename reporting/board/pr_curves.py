"""TensorBoard's PR-curves tab: counts, precision and recall at 201 thresholds."""

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.pr_curve import metadata as pr_curve_plugin
from tensorboard.util.tensor_util import make_tensor_proto

from evaluation.judging.probabilities import probabilities
from evaluation.predictions import Predictions
from reporting.board import tags

NUM_THRESHOLDS = 201


def pr_curve(shown: Predictions, where: str) -> Summary.Value:
    """Precision-recall curve of these rows, under the common tag of all folds and both frameworks.

    Multiclass: micro-averaged over the one-vs-rest decisions of all classes.
    """
    scores = probabilities(shown.logits, shown.task)
    columns = [1] if shown.task == "binary" else range(len(shown.classes))
    positive = np.stack([shown.target == index for index in columns], axis=1)
    subject = shown.classes[1] if shown.task == "binary" else "every class against the rest"
    description = f"{where}; positive: {subject}"
    return Summary.Value(
        tag=tags.PR_CURVE,
        metadata=pr_curve_plugin.create_summary_metadata("", description, NUM_THRESHOLDS),
        tensor=make_tensor_proto(threshold_table(scores.ravel(), positive.ravel()).astype(np.float32)),
    )


def threshold_table(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """True and false positives, true and false negatives, precision, recall: `(6, thresholds)` of `(rows,)` twice.

    A row is predicted positive if `score >= threshold`; precision and recall are 0 where undefined.
    """
    thresholds = np.linspace(0.0, 1.0, NUM_THRESHOLDS)
    called = np.searchsorted(thresholds, scores, side="right")  # number of thresholds at or below a row's score
    reached = [np.bincount(called[mask], minlength=NUM_THRESHOLDS + 1) for mask in (positive, ~positive)]
    true, false = (counts[::-1].cumsum()[::-1][1:] for counts in reached)
    missed, spared = positive.sum() - true, (~positive).sum() - false
    precision, recall = true / np.maximum(true + false, 1), true / np.maximum(true + missed, 1)
    return np.stack([true, false, spared, missed, precision, recall])
