"""A study whose early stopping looks at a metric that has no file for the device: both frameworks, the whole way."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import matthews_corrcoef

from experiment.record.history import read_history

pytestmark = pytest.mark.slow
MONITOR = "matthews_correlation"


@pytest.fixture(scope="module")
def run(train, only_run, tmp_path_factory):
    root = tmp_path_factory.mktemp("monitored")
    settings = (f"training.early_stopping.monitor={MONITOR}", "training.early_stopping.patience=3", "folds.splits=3")
    said = train(*settings, "training.max_epochs=12", f"output.root={root}")
    assert (said.returncode, said.stderr) == (0, "")
    return only_run(root)


@pytest.mark.parametrize("framework", ["lightning", "tensorflow"])
def test_the_kept_weights_are_those_of_the_epoch_in_which_scikit_learn_finds_the_metric_best(run, framework):
    directory = run.framework(framework)
    rows = pl.read_parquet(directory.validation)
    history = read_history(directory.history)
    for fold in range(3):
        own = rows.filter(pl.col("fold") == fold)
        kept = matthews_corrcoef(own["target"].to_numpy(), own["probability_malignant"].to_numpy() >= 0.5)
        key = [0, 0, fold, 0]
        lines = [line for line in history if key in line["members"]]
        told = [line[f"validation_{MONITOR}"][line["members"].index(key)] or -1 for line in lines]
        assert max(told) == pytest.approx(kept, abs=1e-8)
        assert len(told) == min(int(np.argmax(told)) + 4, 12)
