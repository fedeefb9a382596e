"""Small studies of bundled data, for the tests of either framework."""

from configs.loading.loading import load_study
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data

TASKS = {
    "binary": "data.source=breast_cancer",
    "multiclass": "data.source=wine",
    "regression": "data.source=diabetes",
}


def small(*overrides: str, task: str = "binary") -> tuple[Study, FoldData]:
    """A study of three folds and a net of eight hidden units, and its folds."""
    method = "folds.method=kfold" if task == "regression" else "folds.method=stratified"
    base = [TASKS[task], method, "folds.splits=3", "model.hidden=[8]", "training.max_epochs=3", "baselines=[]"]
    study = load_study(None, [*base, "output.tensorboard=false", *overrides])
    return study, fold_data(study)
