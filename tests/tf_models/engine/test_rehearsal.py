import threading
import time

import keras
import numpy as np
import pytest
from small import small

from datamodules.fold_data import PREDICTED
from datamodules.folds.plan import Role
from datamodules.tensorflow import evaluation_dataset, train_dataset
from experiment.nets.predictor import gather_logits
from tf_models.engine.rehearsal import Rehearsal
from tf_models.module import FoldModel


def noting(seen, value):
    """A callback that notes what `value` gives for the model when a validation begins."""
    callback = keras.callbacks.Callback()
    callback.on_test_begin = lambda logs=None: seen.append(value(callback.model))
    return callback


def trained(model, *callbacks):
    """The model after two epochs."""
    model.compile()
    chunks, plan = train_dataset(model.study, model.folds)
    validation = evaluation_dataset(model.folds, Role.validation)
    common = {"epochs": 2, "steps_per_epoch": plan.chunks, "shuffle": False, "verbose": 0}
    model.fit(chunks, validation_data=validation, callbacks=[*callbacks], **common)
    return model


def test_a_training_that_was_rehearsed_is_the_one_that_was_not():
    study, folds = small("training.engine=compiled", "training.precision=64")
    rehearsed, plain = trained(FoldModel(study, folds), Rehearsal()), trained(FoldModel(study, folds))
    assert rehearsed.stack.flat.numpy().tobytes() == plain.stack.flat.numpy().tobytes()
    for name, values in plain.record(1).validation.items():
        np.testing.assert_array_equal(rehearsed.record(1).validation[name], values)


def test_what_validates_and_predicts_is_built_before_the_first_validation():
    study, folds = small("training.engine=compiled")
    seen, count = [], lambda model: model._logits.experimental_get_tracing_count()
    model = trained(FoldModel(study, folds), Rehearsal(), noting(seen, count))
    gather_logits(folds, model.row_logits, *PREDICTED)
    assert seen == [2, 2]
    assert count(model) == 2


@pytest.mark.parametrize(
    "overrides", [["folds.validation_fraction=0", "training.early_stopping=null"], ["training.engine=eager"]]
)
def test_any_training_can_be_rehearsed(overrides):
    study, folds = small(*overrides)
    assert np.isfinite(trained(FoldModel(study, folds), Rehearsal()).record(1).train_loss).all()


def test_a_validation_waits_for_the_rehearsal_and_a_step_that_is_traced_again_has_none():
    study, folds = small()
    model, rehearsed, seen = FoldModel(study, folds), [], []

    def predict_slowly(batch):
        time.sleep(0.5)
        rehearsed.append(batch)
        return FoldModel.predict_step(model, batch)

    model.predict_step = predict_slowly
    again = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: model.make_train_function(force=True))
    trained(model, Rehearsal(), noting(seen, lambda model: len(rehearsed)), again)
    assert seen == [2, 2]


def test_what_fails_in_the_rehearsal_does_not_end_the_training_and_leaves_no_thread():
    study, folds = small()
    threads, failed, model = threading.active_count(), [], FoldModel(study, folds)

    def fail(batch):
        failed.append(batch)
        raise ValueError("not yet")

    model.predict_step = fail
    trained(model, Rehearsal())
    assert len(failed) == 1
    assert np.isfinite(model.record(1).validation["loss"]).all()
    assert threading.active_count() == threads
