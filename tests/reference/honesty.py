"""Studies that have nothing to find, or must not look; for the `fit` of either framework."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from configs.loading.loading import load_study
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from datamodules.folds.plan import Role
from datamodules.inputs.statistics import fit_statistics
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import FitResult
from experiment.training.session import predicted_rows

Fit = Callable[[Study, FoldData, FrameworkDirectory], FitResult]


def write_noise(path: Path, seed: int) -> None:
    """300 rows of 20 random columns, and labels that know nothing of them."""
    draw = np.random.default_rng([1776, seed])
    rows = np.column_stack([draw.normal(size=(300, 20)), draw.permutation(np.arange(300) % 2)])
    np.savetxt(path, rows, delimiter=",", header=",".join([*(f"x{column}" for column in range(20)), "y"]), comments="")


def scores_on_noise(fit: Fit, folder: Path, seeds: int = 10) -> NDArray[np.float64]:
    """Out-of-fold AUROC of a study with early stopping on noise, `(seeds,)`: all folds pooled."""
    scores = []
    for seed in range(seeds):
        place = folder / str(seed)
        place.mkdir()
        write_noise(place / "noise.csv", seed)
        training = ["training.max_epochs=15", "training.early_stopping.patience=3", "model.hidden=[16]"]
        data = [f"data.source={place / 'noise.csv'}", "data.target=y", "inputs.select=5", "folds.splits=5"]
        study = load_study(None, [*data, *training, f"seed={seed}", "output.tensorboard=false"])
        folds = fold_data(study)
        scores.append(out_of_fold_auroc(folds, fit(study, folds, FrameworkDirectory(place))))
    return np.array(scores)


def out_of_fold_auroc(folds: FoldData, result: FitResult) -> float:
    """By scikit-learn, of all folds pooled; every row is in it that is not a test row, and once."""
    scored, logits = [], []
    for index, own in enumerate(result.logits):
        rows = predicted_rows(folds)[index]
        chosen = folds.plan.roles[index, rows] == Role.scored
        scored.append(rows[chosen])
        logits.append(own[chosen, 0])
    rows = np.concatenate(scored)
    assert len(np.unique(rows)) == len(rows)
    return float(roc_auc_score(folds.table.targets[rows], np.concatenate(logits)))


def poisoned(study: Study, folds: FoldData, fold: int) -> FoldData:
    """The data of one member, its scored rows a million times as large; statistics are fitted anew."""
    features = folds.table.features.copy()
    features[folds.plan.rows_of(fold, Role.scored)] *= 1e6
    table, plan = replace(folds.table, features=features), folds.plan.subset([fold])
    return FoldData(table, plan, fit_statistics(table, plan, study.inputs))
