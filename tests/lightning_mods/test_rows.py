"""Rows of every batch shared by several devices: what one device would have trained. Devices are threads here."""

import threading
from functools import partial
from multiprocessing import Pipe

import numpy as np
import pytest
import torch
from trajectory import FIFTY_STEPS, WAYS, largest_difference

from configs.loading import load_study
from datamodules.fold_data import fold_data
from experiment.record.history import read_history
from experiment.rules.row_shares import RowShare
from experiment.run.run_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from lightning_mods.fit import check, fit, fit_part
from lightning_mods.metrics import MemberMetrics
from lightning_mods.rows.devices import Apart, RowDevices
from lightning_mods.rows.module import Follower, RowsModule

SMALL = ("folds.splits=3", "training.precision=64", "output.tensorboard=false")
STOPPING = ("folds.validation_fraction=0.15", "training.early_stopping={patience: 2, monitor: auroc}")
UNSTOPPED = ("folds.validation_fraction=0", "training.early_stopping=null")
CASES = {
    "uneven rows and class weights": ("training.class_weights=balanced", "training.batch_size=37", *STOPPING),
    "drawn by class, several stacks": ("training.sampling=balanced", "stack.size=2", *STOPPING),
    "trained on fewer rows than devices": ("training.batch_size=2", "training.max_epochs=1"),
    "several classes": ("data.source=wine", "training.batch_size=7", *STOPPING),
    "a regression": ("data.source=diabetes", "training.max_epochs=8", "folds.validation_fraction=0.2"),
    "groups": ("data.source=penguins", "folds.group=island", "folds.test_fraction=0", *UNSTOPPED),
}


def follow(study, folds, share, store, line):
    """What `rows/rank.py` does in a process of its own."""
    try:
        Follower(study, folds, check(study, folds), RowDevices(store, share)).follow(line)
    except (EOFError, Apart):
        line.close()


def shared(study, folds, count, folder):
    """As `fit`, by `count` devices."""
    folder.mkdir(exist_ok=True)
    pipes = [Pipe() for _ in range(1, count)]
    given = [(study, folds, RowShare(rank, count), folder / "store") for rank in range(count)]
    others = [threading.Thread(target=follow, args=[*given[rank], pipes[rank - 1][1]]) for rank in range(1, count)]
    for other in others:
        other.start()
    tried, directory = check(study, folds), FrameworkDirectory(folder)
    devices = RowDevices(folder / "store", RowShare(0, count), lines=[mine for mine, _ in pipes])
    part = partial(fit_part, tried=tried, stack=partial(RowsModule, devices=devices))
    try:
        return fit_stacks(study, folds, directory, part)
    finally:
        for mine, _ in pipes:
            mine.close()
        for other in others:
            other.join(60)
            assert not other.is_alive()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("precision", "way", "bound"), [(64, "sgd", 1e-10), (64, "adam", 1e-7), (32, "adam", 1e-4)])
def test_shared_rows_reach_the_weights_of_one_device(precision, way, bound, count, tmp_path):
    study = load_study(None, [*FIFTY_STEPS, *WAYS[way], *SMALL, f"training.precision={precision}"])
    folds = fold_data(study)
    one, several = fit(study, folds, FrameworkDirectory(tmp_path)), shared(study, folds, count, tmp_path / "several")
    assert largest_difference(one.weights, several.weights) < bound


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_shared_rows_give_the_record_the_stops_and_the_logits_of_one_device(case, tmp_path):
    study = load_study(None, [*SMALL, "training.max_epochs=12", *CASES[case]])
    folds, one, several = fold_data(study), tmp_path / "one", tmp_path / "several"
    one.mkdir()
    alone, together = fit(study, folds, FrameworkDirectory(one)), shared(study, folds, 3, several)
    assert alone.epochs.tolist() == together.epochs.tolist()
    assert alone.best_epoch.tolist() == together.best_epoch.tolist()
    for mine, theirs in zip(alone.logits, together.logits, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-6)
    lines = [read_history(FrameworkDirectory(folder).history) for folder in (one, several)]
    assert len(lines[0]) == len(lines[1])
    for mine, theirs in zip(*lines, strict=True):
        assert mine.keys() == theirs.keys()
        for name in mine.keys() - {"time"}:
            assert_near(mine[name], theirs[name])


def assert_near(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_near(one[name], other[name])
    else:
        np.testing.assert_allclose(np.array(one, float), np.array(other, float), rtol=1e-6, atol=1e-6)


def test_metrics_of_members_are_not_joined_by_torchmetrics_whose_rows_are_along_the_first_axis():
    assert MemberMetrics("binary").sync_on_compute is False


def test_a_device_that_has_gone_is_an_error_of_its_own(tmp_path):
    lost = threading.Thread(target=RowDevices, args=[tmp_path / "store", RowShare(1, 2)])
    lost.start()
    devices = RowDevices(tmp_path / "store", RowShare(0, 2))
    lost.join()
    with pytest.raises(Apart):
        devices.total(torch.zeros(1, 3), torch.zeros(1))
