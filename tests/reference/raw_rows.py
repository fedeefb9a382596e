"""Raw rows of each member's own have the logits that the same rows of the table have: of either framework."""

from importlib import import_module
from pathlib import Path

import numpy as np
from mixed import mixed

from datamodules.fold_data import PREDICTED
from datamodules.permuting import permuted_rows, sources_of
from evaluation.importance import importance_metrics
from experiment.nets.importance import AUTOMATIC, permutation_scores
from experiment.nets.networks import Networks
from experiment.run.framework_directory import FrameworkDirectory


def assert_raw_rows(root: Path, room: str) -> None:
    """While training and from saved weights, and the importance that a training has measured is that of its weights."""
    study, folds = mixed("inputs.min_category=2")
    result = import_module(f"{room}.fit").fit(study, folds, FrameworkDirectory(root))
    table, keys = folds.table, tuple(member[:3] for member in folds.members)
    known = (
        study,
        table.task,
        table.classes,
        table.columns,
        result.weights,
        folds.statistics,
        keys,
        {},
        table.schema,
        {},
    )
    row_logits = import_module(f"{room}.predicting").member_logits(Networks(*known))
    shared = row_logits(table.features)
    own = row_logits(np.stack([table.features[::-1]] * len(keys)))
    np.testing.assert_allclose(own[:, ::-1], shared, rtol=1e-5, atol=1e-6)
    for member, rows in enumerate(folds.rows(*PREDICTED)):
        np.testing.assert_allclose(shared[member, rows], result.logits[member], rtol=1e-5, atol=1e-6)
    metrics = importance_metrics(table.task, ())
    again = permutation_scores(folds, row_logits, metrics, np.zeros(len(keys)), AUTOMATIC, 64)
    columns = len(sources_of(table.schema))
    assert result.importance.shape == (3, 2, 1 + 5 * columns)
    np.testing.assert_allclose(result.importance, again, rtol=1e-4, atol=1e-5)
    assert permuted_rows(folds, 5, 64).most > 1
