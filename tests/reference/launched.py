"""Studies that a launcher has trained, against the same ones in one process."""

import numpy as np
from counting import as_rated
from small import small

from experiment.record.history import read_history
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks

STUDY = ("stack.size=3", "folds.splits=6", "training.max_epochs=6")


def assert_as_alone(found, directory, tmp_path, pretend, *overrides):
    """Compare what was `found` in `directory` with a training of `STUDY` in this process, in a folder of `tmp_path`."""
    (tmp_path / "alone").mkdir()
    study, folds = small(*STUDY, *overrides)
    alone = fit_stacks(study, folds, FrameworkDirectory(tmp_path / "alone"), as_rated(pretend()))
    assert found.weights["output.kernel"].tolist() == alone.weights["output.kernel"].tolist() == [[6.0]] * 6
    np.testing.assert_array_equal(np.concatenate(found.logits), np.concatenate(alone.logits))
    assert found.timing["optimizer_steps"] == alone.timing["optimizer_steps"]
    keys = [(line["members"], line["epoch"]) for line in read_history(directory.history)]
    assert keys == [(line["members"], line["epoch"]) for line in read_history(tmp_path / "alone" / "history.jsonl")]
