import signal
from functools import partial

import pytest
import torch
from halving import EPOCH, STUDY, assert_equal, short_of_memory
from pytorch_lightning.strategies import SingleDeviceStrategy
from small import small
from trials import assert_tried_once

from configs.errors import StudyError
from experiment.nets.predictor import gather_logits
from experiment.record.log import kept_in
from experiment.rules.resources.devices import CPU, Device
from experiment.rules.resources.out_of_memory import is_out_of_memory
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from experiment.training.interrupts import Interrupted, Interrupts
from lightning_mods import fit
from lightning_mods.fit import prepare
from lightning_mods.module import FoldModule


def test_the_log_says_that_tf32_does_nothing_on_a_cpu(tmp_path):
    study, folds = small("training.precision=tf32", "training.accelerator=cpu")
    with kept_in(tmp_path / "log.txt"):
        prepare(study, folds)
    assert "tf32 is a format of GPUs and does nothing on a CPU" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize(("gpu", "precision"), [(False, "highest"), (True, "high")])
def test_products_are_in_tf32_on_a_gpu_alone(monkeypatch, gpu, precision):
    study, folds = small("training.precision=tf32")
    monkeypatch.setattr(fit, "device_of", lambda study: Device("a GPU") if gpu else CPU)
    try:
        prepare(study, folds)
        assert torch.get_float32_matmul_precision() == precision
        assert torch.backends.cudnn.allow_tf32 is gpu  # of convolutions
        assert torch.backends.cudnn.deterministic
    finally:
        torch.set_float32_matmul_precision("highest")


def test_a_stack_predicts_on_the_device_of_its_training_from_which_the_trainer_takes_it(monkeypatch, tmp_path):
    where = []

    class Followed(FoldModule):
        def cpu(self):
            where.append("the CPU, at the end")
            return super().cpu()

        def to(self, device):
            where.append(device)
            return super().to(device)

        def row_logits(self, rows):
            where.append("predicts")
            return super().row_logits(rows)

    study, folds = small("training.max_epochs=1")
    part = partial(fit.fit_part, checked=fit.check(study, folds), stack=Followed)
    device = torch.device("cpu", 0)  # with a number, so that it is no other one
    monkeypatch.setattr(SingleDeviceStrategy, "root_device", property(lambda self: device))
    fit_stacks(study, folds, FrameworkDirectory(tmp_path), part)
    last = where.index("predicts")
    assert where[last - 2 : last + 1] == ["the CPU, at the end", device, "predicts"]


def test_a_process_whose_workers_train_needs_no_gpu(monkeypatch, tmp_path):
    study, folds = small("training.accelerator=gpu", "launcher=ray")
    monkeypatch.setattr(fit, "fit_stacks", lambda study, *_: study)
    monkeypatch.setattr(fit, "keep_graph", lambda *_: None)
    given = fit.fit(study, folds, FrameworkDirectory(tmp_path), workers=object())
    assert given.training.accelerator == "gpu"
    with pytest.raises(StudyError, match="torch sees none"):
        fit.fit(study, folds, FrameworkDirectory(tmp_path))


def test_the_net_of_a_run_is_tried_once_for_all_its_stacks(monkeypatch, tmp_path):
    assert_tried_once(monkeypatch, tmp_path, "lightning_mods", "FoldModule")


def test_a_training_that_a_signal_has_ended_makes_no_predictions(monkeypatch, tmp_path):
    monkeypatch.setattr(fit, "gather_logits", lambda *_: pytest.fail("it predicts"))
    interrupts = Interrupts()
    interrupts.received = signal.SIGHUP
    with pytest.raises(Interrupted):
        fit.fit(*small(), FrameworkDirectory(tmp_path), interrupts=interrupts)


def test_a_stack_whose_rows_cannot_be_predicted_at_once_is_trained_once(monkeypatch, tmp_path):
    def gather(folds, *others):
        if len(folds.members) > 2:
            torch.empty(1 << 60)  # torch's own error
        return gather_logits(folds, *others)

    for name in ("halves", "whole"):
        (tmp_path / name).mkdir()
    whole = fit.fit(*small(), FrameworkDirectory(tmp_path / "whole"))
    monkeypatch.setattr(fit, "gather_logits", gather)
    trained = short_of_memory(monkeypatch)
    halves = fit.fit(*small(), FrameworkDirectory(tmp_path / "halves"))
    assert trained == [(3, epoch) for epoch in range(3)]
    assert_equal(whole, halves, 0.0)


def test_halves_of_a_stack_go_on_from_its_newest_state_to_the_result_of_the_whole_stack(monkeypatch, tmp_path):
    for name in ("halves", "whole"):
        (tmp_path / name).mkdir()
    study, folds = small(*STUDY)
    whole = fit.fit(study, folds, FrameworkDirectory(tmp_path / "whole"))
    trained = short_of_memory(monkeypatch)
    halves = fit.fit(study, folds, FrameworkDirectory(tmp_path / "halves"))
    assert trained[:EPOCH] == [(5, epoch) for epoch in range(EPOCH)]
    assert min(epoch for members, epoch in trained if members < 5) == EPOCH
    assert whole.epochs.min() < EPOCH < whole.epochs.max()  # some have stopped before, and some go on
    assert_equal(whole, halves, 1e-7)


@pytest.mark.parametrize("members", [1, 3])
def test_a_stack_that_does_not_fit_is_halved_and_not_trained_eagerly_unless_it_is_one_member(members, tmp_path):
    study, folds = small("training.max_epochs=1", "training.batch_size=2")
    module = FoldModule(study, folds.subset(range(members)))
    engine = module.engine
    assert (engine.auto, engine.name) == (True, "traced")

    def without_memory(*_):
        torch.empty(1 << 60)

    if members == 1:
        assert engine._or_eagerly(lambda: engine.name == "eager" or without_memory()) is True
    else:
        with pytest.raises(RuntimeError, match="allocate"):
            engine._or_eagerly(without_memory)
    assert engine.name == ("eager" if members == 1 else "traced")


def test_errors_of_memory_are_recognised_by_name():
    assert is_out_of_memory(RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"))
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
