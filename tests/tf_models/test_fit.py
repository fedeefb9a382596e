import logging
import signal

import pytest
import tensorflow as tf
from small import small
from trials import assert_tried_once

from experiment.record.log import kept_in
from experiment.run.run_directory import FrameworkDirectory
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


def test_the_net_of_a_run_is_tried_once_for_all_its_stacks(monkeypatch, tmp_path):
    assert_tried_once(monkeypatch, tmp_path, "tf_models", "FoldModel")


def test_a_training_that_a_signal_has_ended_makes_no_predictions(monkeypatch, tmp_path):
    monkeypatch.setattr(fit, "gather_logits", lambda *_: pytest.fail("it predicts"))
    interrupts = Interrupts()
    interrupts.received = signal.SIGHUP
    with pytest.raises(Interrupted):
        fit.fit(*small(), FrameworkDirectory(tmp_path), interrupts=interrupts)
