"""Whatever a study lacks, it is judged without a warning, and the result is strict JSON with a table."""

import json

import numpy as np
import pytest

from configs.sections.evaluation import Evaluation
from reporting.tables.table import markdown_table

LACKS = {
    "nothing": lambda predictions: predictions,
    "one fold's predictions": lambda predictions: predictions.logits.__setitem__(predictions.fold == 1, np.nan),
    "any prediction": lambda predictions: predictions.logits.fill(np.nan),
    "a class": lambda predictions: predictions.target.__setitem__(predictions.target == 1, 0),
    "any order": lambda predictions: predictions.logits.fill(0),
    "bounds": lambda predictions: predictions.logits.__imul__(1e4),
}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("lack", list(LACKS))
@pytest.mark.parametrize("shape", [{}, {"folds": 1}, {"tested": 0}, {"folds": 80}])
def test_a_study_that_lacks_something_is_judged(imagine, judged, task, lack, shape):
    predictions, fits = imagine(task, **shape)
    LACKS[lack](predictions)
    metrics = judged(predictions, fits, settings=Evaluation(threshold="cost"))
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
    assert markdown_table({"lightning": metrics}).startswith("| metric | lightning | baseline |")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_study_without_validation_rows_is_judged(imagine, judged, task):
    predictions, fits = imagine(task)
    metrics = judged(predictions, fits, validation=predictions.of_role("validation"), history=[])
    assert list(metrics["best_fold"]) == ["reason"]
    assert metrics["diagnosis"]["curves"] == "unknown"
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
