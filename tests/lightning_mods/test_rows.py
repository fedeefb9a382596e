"""Rows of every batch shared by several devices: what one device would have trained. Devices are threads here."""

import threading
from functools import partial
from multiprocessing import Pipe

import pytest
import torch
from rows import CASES, LAW, largest_differences, study_of, told

from datamodules.fold_data import fold_data
from experiment.rules.resources.row_shares import RowShare
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from lightning_mods.fit import check, fit, fit_part
from lightning_mods.module import FoldModule
from lightning_mods.rows.devices import Apart, RowDevices
from lightning_mods.rows.module import Follower, RowsModule
from lightning_mods.stack.metrics import MemberMetrics


def follow(study, folds, share, store, line):
    """What `rows/rank.py` does in a process of its own."""
    try:
        Follower(study, folds, check(study, folds), RowDevices(store, share)).follow(line)
    except (EOFError, Apart):
        line.close()


def shared(study, folds, count, folder, kind=RowsModule):
    """As `fit`, by `count` devices; the stack of the first one is of a `kind`."""
    folder.mkdir(exist_ok=True)
    pipes = [Pipe() for _ in range(1, count)]
    given = [(study, folds, RowShare(rank, count), folder / "store") for rank in range(count)]
    others = [threading.Thread(target=follow, args=[*given[rank], pipes[rank - 1][1]]) for rank in range(1, count)]
    for other in others:
        other.start()
    tried, directory = check(study, folds), FrameworkDirectory(folder)
    devices = RowDevices(folder / "store", RowShare(0, count), lines=[mine for mine, _ in pipes])
    part = partial(fit_part, tried=tried, stack=partial(kind, devices=devices))
    try:
        return fit_stacks(study, folds, directory, part)
    finally:
        for mine, _ in pipes:
            mine.close()
        for other in others:
            other.join(60)
            assert not other.is_alive()


def differences(case, count, folder):
    """Of weights and of all else, between one device and `count`."""
    study = study_of(case)
    folds, one, several = fold_data(study), folder / "one", folder / "several"
    one.mkdir()
    alone = fit(study, folds, FrameworkDirectory(one))
    return largest_differences(told(alone, one), told(shared(study, folds, count, several), several))


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("precision", "way"), LAW, ids=str)
def test_shared_rows_reach_the_weights_of_one_device(precision, way, count, tmp_path):
    assert differences(f"{precision} {way}", count, tmp_path)["weights"] < LAW[precision, way]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_shared_rows_give_the_record_the_stops_and_the_logits_of_one_device(case, tmp_path):
    assert differences(case, 3, tmp_path)["others"] < 1e-6


@pytest.mark.slow
def test_weights_and_state_that_a_callback_has_changed_are_those_of_all_devices(tmp_path):
    class Halved:
        """Changes what the steps start from, as a callback may, and tells nobody."""

        def on_train_epoch_start(self):
            super().on_train_epoch_start()
            if self.current_epoch == 1:
                self.stack.flat.data.mul_(0.5)
            if self.current_epoch == 2:
                self.optimizers().optimizer.slots["steps"].zero_()

    study = study_of("64 adam")
    folds, stack = fold_data(study), type("Alone", (Halved, FoldModule), {})
    part = partial(fit_part, tried=check(study, folds), stack=stack)
    alone = fit_stacks(study, folds, FrameworkDirectory(tmp_path), part)
    several = shared(study, folds, 2, tmp_path / "several", type("Several", (Halved, RowsModule), {}))
    assert largest_differences(alone.weights, several.weights)["weights"] < 1e-7
    (tmp_path / "untouched").mkdir()
    untouched = fit(study, folds, FrameworkDirectory(tmp_path / "untouched"))
    assert largest_differences(untouched.weights, several.weights)["weights"] > 1e-3


def test_metrics_of_members_are_not_joined_by_torchmetrics_whose_rows_are_along_the_first_axis():
    assert MemberMetrics("binary").sync_on_compute is False


def test_a_device_that_has_gone_is_an_error_of_its_own(tmp_path):
    lost = threading.Thread(target=RowDevices, args=[tmp_path / "store", RowShare(1, 2)])
    lost.start()
    devices = RowDevices(tmp_path / "store", RowShare(0, 2))
    lost.join()
    with pytest.raises(Apart):
        devices.total(torch.zeros(1, 3), torch.zeros(1))
