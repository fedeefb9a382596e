import numpy as np
from small import small

from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from experiment.nets.predictor import gather_logits
from experiment.training.session import predicted_rows, stopping_rule


def test_the_rule_is_the_studys():
    study, folds = small("training.early_stopping={monitor: auroc, patience: 4, min_delta: 0.01}")
    rule = stopping_rule(study, folds)
    assert (rule.members, rule.monitor) == (3, "auroc")
    assert (rule.patience.tolist(), rule.min_delta.tolist(), rule.max_epochs.tolist()) == ([4] * 3, [0.01] * 3, [3] * 3)
    study, folds = small("training.early_stopping=null")
    assert stopping_rule(study, folds).patience is None


def test_every_member_gets_the_logits_of_its_own_predicted_rows_in_order():
    _, folds = small()
    seen = []

    def predict(rows):
        seen.append(rows.shape)
        return np.stack([rows, rows * 10.0], axis=-1)[..., :1] + 0.25

    logits = gather_logits(folds, predict, *PREDICTED)
    assert len(seen) == 1
    for values, rows in zip(logits, predicted_rows(folds), strict=True):
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values[:, 0], rows + 0.25)


def test_without_predicted_rows_there_are_no_logits():
    _, folds = small("folds.method=split", "folds.test_fraction=0")
    assert [values.shape for values in gather_logits(folds, lambda rows: rows, Role.scored, Role.test)] == [(0, 1)]
