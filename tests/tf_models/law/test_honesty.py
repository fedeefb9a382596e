"""The rows that are scored have no part in what they are scored with."""

import numpy as np
import pytest
from honesty import poisoned, scores_on_noise
from small import small

from experiment.run.framework_directory import FrameworkDirectory
from tf_models.fit import fit


@pytest.mark.slow
def test_on_pure_noise_no_seed_finds_anything(tmp_path):
    scores = scores_on_noise(fit, tmp_path)
    assert len(scores) == 10
    assert scores.std(ddof=1) > 0
    assert scores.mean() - 0.5 <= 2.5 * scores.std(ddof=1) / np.sqrt(len(scores))


@pytest.mark.slow
def test_poisoned_scored_rows_change_no_weight_of_their_fold(tmp_path):
    study, folds = small("training.max_epochs=5", "stack.size=1")
    clean = fit(study, folds, FrameworkDirectory(tmp_path))
    for fold in range(3):
        (tmp_path / str(fold)).mkdir()
        alone = fit(study, poisoned(study, folds, fold), FrameworkDirectory(tmp_path / str(fold)))
        assert not np.array_equal(alone.logits[0], clean.logits[fold])
        for name, weights in alone.weights.items():
            np.testing.assert_array_equal(weights[0], clean.weights[name][fold])
        assert (alone.best_epoch[0], alone.epochs[0]) == (clean.best_epoch[fold], clean.epochs[fold])
