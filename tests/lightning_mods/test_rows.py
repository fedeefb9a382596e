"""Rows of every batch shared by several devices: what one device would have trained. Devices are threads here."""

import os
import threading
from functools import partial
from multiprocessing import Pipe

import pytest
import torch
import torch.distributed as dist
from rows import CASES, LAW, largest_differences, study_of, told
from small import small

from datamodules.fold_data import fold_data
from experiment.rules.resources.row_shares import RowShare
from experiment.run.exit_codes import NUMERICAL_FAILURE, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from lightning_mods.fit import check, fit, fit_part
from lightning_mods.module import FoldModule
from lightning_mods.rows import stacks as rows_stacks
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
    checked, directory = check(study, folds), FrameworkDirectory(folder)
    devices = RowDevices(folder / "store", RowShare(0, count), lines=[mine for mine, _ in pipes])
    part = partial(fit_part, checked=checked, stack=partial(kind, devices=devices))
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
    part = partial(fit_part, checked=check(study, folds), stack=stack)
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


def test_a_device_without_memory_for_what_it_exchanges_is_out_of_memory_and_not_apart(tmp_path):
    devices = RowDevices(tmp_path / "store", RowShare(0, 1))

    class Group:
        def allreduce(self, tensors):
            raise torch.OutOfMemoryError("CUDA out of memory")

    devices.group = Group()
    with pytest.raises(torch.OutOfMemoryError):
        devices.total(torch.zeros(1, 3), torch.zeros(1))


def test_gpus_meet_by_nccl_each_on_its_own_and_leave_before_the_others_go(tmp_path, monkeypatch):
    done = []

    class Nccl:
        def __init__(self, store, rank, size, timeout):
            done.append(("joined", rank, size, os.environ["TORCH_NCCL_ASYNC_ERROR_HANDLING"]))

        def abort(self):
            done.append("left")

    monkeypatch.setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "3")
    monkeypatch.delenv("TORCH_NCCL_ASYNC_ERROR_HANDLING")
    monkeypatch.setattr(dist, "ProcessGroupNCCL", Nccl, raising=False)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: done.append(device))
    monkeypatch.setattr(RowDevices, "total", lambda self, *_: done.append("met"))
    monkeypatch.setattr(torch, "zeros", lambda *_, device: device)
    RowDevices(tmp_path / "store", RowShare(1, 2), uses_gpu=True).close()
    assert done == [torch.device("cuda", 1), ("joined", 1, 2, "0"), "met", "left"]


POOR = """
import sys
from lightning_mods.rows import module, rank

class Poor(module.Follower):
    def {word}(self, *parts):
        if self.devices.share.rank == 2:
            raise MemoryError("9 GB")
        super().{word}(*parts)

rank.Follower = Poor
sys.exit(rank.main())
"""
CURE = "go on with --resume and more training.devices, or make stack.size or training.batch_size smaller"


def poor(study, folds, tmp_path):
    """What is said by a training of which a device has no memory for its share; the others do not wait for it."""
    with pytest.raises(RunError) as error:
        fit(study, folds, FrameworkDirectory(tmp_path))  # an hour is what they would wait for one that says nothing
    assert error.value.code == NUMERICAL_FAILURE
    return str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("word", ["steps", "logits"])
def test_another_device_without_memory_for_its_share_is_a_line_with_a_cure(word, tmp_path, monkeypatch, capfd):
    (tmp_path / "poor").mkdir()
    (tmp_path / "poor" / "rank.py").write_text(POOR.format(word=word))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr(rows_stacks, "__package__", "poor")
    study, folds = small("training.strategy=rows", "training.devices=3")
    told = poor(study, folds, tmp_path)
    assert told == f"rank 2 of 3 has no memory for its share of the rows (MemoryError); {CURE}"
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_the_first_device_without_memory_for_its_share_is_the_same_line(tmp_path, monkeypatch):
    def without_memory(*_):
        torch.empty(1 << 60)

    monkeypatch.setattr(RowsModule, "take_share", without_memory)
    study, folds = small("training.strategy=rows", "training.devices=2")
    told = poor(study, folds, tmp_path)
    assert told == f"rank 0 of 2 has no memory for its share of the rows (RuntimeError); {CURE}"
