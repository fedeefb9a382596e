"""ROC and precision-recall curves of every fold, from predictions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.folds.names import Names
from evaluation.judging.curves import (
    average_precision,
    macro_precision_recall_curve,
    macro_roc_curve,
    precision_recall_curve,
    roc_auc,
    roc_curve,
)
from evaluation.judging.probabilities import one_vs_rest_logits
from evaluation.keys import Key
from evaluation.predictions import Predictions

Floats = NDArray[np.float64]
Ranked = list[tuple[NDArray[Any], NDArray[np.bool_]]]
Areas = Mapping[Key, float]
NOT_JUDGED: Areas = MappingProxyType({})


class Curve(NamedTuple):
    """One curve of a figure: `x` and `y` `(points,)`, `x` ascending, the exact area below it, and its fold.

    `name` is the fold's; "" for the curve of several folds together.
    """

    x: Floats
    y: Floats
    area: float
    name: str = ""


def roc_curves(predictions: Predictions, names: Names, areas: Areas = NOT_JUDGED) -> list[Curve]:
    """One ROC curve per member, multiclass: the one-vs-rest macro mean.

    Members without a curve, because a class is missing, are left out; where none has one, as with one row per fold, the
    pooled rows give a single curve. Logits must be finite. `areas` are those that are known of these rows, by member;
    the others are computed.
    """
    return _of_members(predictions, names, _roc_curve, areas)


def precision_recall_curves(predictions: Predictions, names: Names, areas: Areas = NOT_JUDGED) -> list[Curve]:
    """One precision-recall curve per member (`x` is the recall), to be drawn as steps; otherwise as `roc_curves`."""
    return _of_members(predictions, names, _precision_recall_curve, areas)


def base_rate(predictions: Predictions) -> float:
    """The baseline's precision: the prevalence; multiclass: the mean of the classes' shares."""
    return float(np.mean(predictions.target)) if predictions.task == "binary" else 1 / len(predictions.classes)


def _of_members(
    predictions: Predictions, names: Names, curve: Callable[[Ranked, float | None], Curve | None], areas: Areas
) -> list[Curve]:
    members = predictions.members()
    curves = [(names[key], curve(_ranked(predictions.of_member(*key)), areas.get(key))) for key in members]
    defined = [one._replace(name=name) for name, one in curves if one is not None]
    if defined or len(members) < 2:
        return defined
    pooled = curve(_ranked(predictions), None)
    return [] if pooled is None else [pooled]


def _ranked(predictions: Predictions) -> Ranked:
    """Scores and which rows are positive, `(rows,)` twice, for each class that is ranked."""
    if predictions.task == "binary":
        return [(predictions.logits[:, 0], predictions.target == 1)]
    ranks = one_vs_rest_logits(predictions.logits)
    return [(ranks[:, index], predictions.target == index) for index in range(ranks.shape[1])]


def _roc_curve(ranked: Ranked, known: float | None) -> Curve | None:
    area = float(np.mean([roc_auc(*one) for one in ranked])) if known is None else known
    if np.isnan(area):
        return None
    lines = [roc_curve(*one) for one in ranked]
    return Curve(*(lines[0] if len(lines) == 1 else macro_roc_curve(lines)), area)


def _precision_recall_curve(ranked: Ranked, known: float | None) -> Curve | None:
    if any(positive.all() for _, positive in ranked):  # without a negative it is always 1
        return None
    area = float(np.mean([average_precision(*one) for one in ranked])) if known is None else known
    if np.isnan(area):
        return None
    lines = [precision_recall_curve(*one) for one in ranked]
    line = lines[0] if len(lines) == 1 else macro_precision_recall_curve(lines)
    return Curve(*_as_steps(*line), area)


def _as_steps(recall: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """The same steps from recall 0 on, with one point per recall: the other thresholds add no area, only spikes."""
    recall, first = np.unique(recall, return_index=True)
    recall, first = recall[recall > 0], first[recall > 0]
    return np.append(0.0, recall), np.append(precision[first[:1]], precision[first])
