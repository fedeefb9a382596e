import logging
import signal

import pytest
import tensorflow as tf
from halving import EPOCH, STUDY, assert_equal, short_of_memory
from small import small
from trials import assert_tried_once

from configs.errors import StudyError
from experiment.nets.predictor import gather_logits
from experiment.record.log import kept_in
from experiment.rules.resources.out_of_memory import is_out_of_memory
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import Interrupted, Interrupts
from tf_models import fit
from tf_models.fit import prepare


def test_stacks_are_traced_one_after_the_other_without_a_warning():
    study, folds = small()
    prepare(study, folds)
    assert not tf.get_logger().isEnabledFor(logging.WARNING)


def test_the_log_says_that_tf32_does_nothing_on_a_cpu(tmp_path):
    study, folds = small("training.precision=tf32", "training.accelerator=cpu")
    with kept_in(tmp_path / "log.txt"):
        prepare(study, folds)
    assert "tf32 is a format of GPUs and does nothing on a CPU" in (tmp_path / "log.txt").read_text()


def test_a_process_whose_workers_train_needs_no_gpu(monkeypatch, tmp_path):
    study, folds = small("training.accelerator=gpu", "launcher=ray")
    monkeypatch.setattr(fit, "fit_stacks", lambda study, *_: study)
    monkeypatch.setattr(fit, "keep_graph", lambda *_: None)
    given = fit.fit(study, folds, FrameworkDirectory(tmp_path), workers=object())
    assert given.training.accelerator == "gpu"
    with pytest.raises(StudyError, match="TensorFlow sees none"):
        fit.fit(study, folds, FrameworkDirectory(tmp_path))


@pytest.mark.slow
def test_the_net_of_a_run_is_tried_once_for_all_its_stacks(monkeypatch, tmp_path):
    assert_tried_once(monkeypatch, tmp_path, "tf_models", "FoldModel")


def test_a_training_that_a_signal_has_ended_makes_no_predictions(monkeypatch, tmp_path):
    monkeypatch.setattr(fit, "gather_logits", lambda *_: pytest.fail("it predicts"))
    interrupts = Interrupts()
    interrupts.received = signal.SIGHUP
    with pytest.raises(Interrupted):
        fit.fit(*small(), FrameworkDirectory(tmp_path), interrupts=interrupts)


@pytest.mark.slow
def test_a_stack_whose_rows_cannot_be_predicted_at_once_is_trained_once(monkeypatch, tmp_path):
    def gather(folds, *others):
        if len(folds.members) > 2:
            tf.zeros([1 << 30, 1 << 30])  # TensorFlow's own error
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


def test_errors_of_memory_are_recognised_by_name():
    assert is_out_of_memory(tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"))
    assert is_out_of_memory(tf.errors.InternalError(None, None, "RESOURCE_EXHAUSTED: Out of memory while trying"))
    assert not is_out_of_memory(tf.errors.InvalidArgumentError(None, None, "Incompatible shapes"))
