"""As good as what anybody would write: a loop over the folds, and in it a loop over the batches."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from torch import nn

from configs.loading.loading import load_study
from datamodules.fold_data import fold_data
from datamodules.folds.plan import Role
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.session import predicted_rows
from lightning_mods.fit import fit

SEEDS, PATIENCE = range(5), 15


def plain_fit(train, validation, seed: int) -> nn.Module:
    """Adam, dropout 0.2, batches of 32, and the weights of the best validation loss."""
    torch.manual_seed(seed)
    layers = (nn.Linear(30, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.2))
    net, loss_of = nn.Sequential(*layers, nn.Linear(64, 1), nn.Flatten(0)), nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    best, best_weights, stale = float("inf"), None, 0
    for _ in range(200):
        net.train()
        for rows in torch.randperm(len(train[1])).split(32):
            optimizer.zero_grad()
            loss_of(net(train[0][rows]), train[1][rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            loss = float(loss_of(net(validation[0]), validation[1]))
        if loss < best:
            best, best_weights, stale = loss, deepcopy(net.state_dict()), 0
        else:
            stale += 1
        if stale == PATIENCE:
            break
    net.load_state_dict(best_weights)
    return net


def plain_auroc(folds, index: int, seed: int) -> float:
    """Of the scored rows of one fold."""
    rows = [folds.plan.rows_of(index, role) for role in (Role.train, Role.validation, Role.scored)]
    scaler = StandardScaler().fit(folds.table.features[rows[0]])
    parts = [
        (torch.tensor(scaler.transform(folds.table.features[own]), dtype=torch.float32),
         torch.tensor(folds.table.targets[own], dtype=torch.float32))
        for own in rows
    ]  # fmt: skip
    net = plain_fit(parts[0], parts[1], seed)
    with torch.no_grad():
        return float(roc_auc_score(parts[2][1], net(parts[2][0])))


def our_aurocs(study, folds, folder) -> list[float]:
    result = fit(study, folds, FrameworkDirectory(folder))
    aurocs = []
    for index, (rows, logits) in enumerate(zip(predicted_rows(folds), result.logits, strict=True)):
        scored = folds.plan.roles[index, rows] == Role.scored
        aurocs.append(float(roc_auc_score(folds.table.targets[rows[scored]], logits[scored, 0])))
    return aurocs


@pytest.mark.slow
def test_the_default_study_is_as_good_as_a_plain_loop_over_the_same_folds(tmp_path):
    differences = []
    for seed in SEEDS:
        study = load_study(None, [f"seed={seed}", "output.tensorboard=false"])
        folds = fold_data(study)
        folder = tmp_path / str(seed)
        folder.mkdir()
        ours = our_aurocs(study, folds, folder)
        differences += [own - plain_auroc(folds, index, seed) for index, own in enumerate(ours)]
    standard_error = np.std(differences, ddof=1) / np.sqrt(len(differences))
    assert len(differences) == 50
    assert standard_error < 2e-3
    assert abs(np.mean(differences)) <= standard_error, (np.mean(differences), standard_error)
