import keras
import numpy as np
import pytest
import scores
import tensorflow as tf
from formulas import mlp
from small import TASKS, small

from datamodules.folds.plan import Role
from datamodules.inputs.applying import apply
from datamodules.tensorflow import evaluation_dataset, train_dataset
from experiment.nets.predictor import gather_logits
from tf_models.module import FoldModel
from tf_models.stack.optimizer import StackOptimizer
from tf_models.weights import to_arrays

UNITS = [
    ("auto", lambda errors: np.mean(errors**2)),
    ("squared", lambda errors: np.mean(errors**2)),
    ("{name: huber, delta: 50}", lambda errors: np.mean(errors**2) / 2),  # no error is 50 standard deviations large
    ("quantile", lambda errors: np.mean(np.abs(errors)) / 2),
]


def fitted(study, folds, model=None, first=0, epochs=3, **settings):
    """An ordinary `compile` and `fit`, as a researcher writes them; the model, and Keras's history."""
    model = model or FoldModel(study, folds)
    if not model.compiled:
        model.compile()
    chunks, plan = train_dataset(study, folds, first)
    validation = evaluation_dataset(folds, Role.validation)
    common = {"initial_epoch": first, "epochs": epochs, "steps_per_epoch": plan.chunks, "shuffle": False}
    return model, model.fit(chunks, verbose=0, **({"validation_data": validation} | common | settings))


def values_of(model, folds, rows):
    """The logits that NumPy computes from the model's weights: `(rows, outputs)` of member 1."""
    arrays = to_arrays(model.stack.flat, model.stack.layout)
    doubles = {name: array.astype(np.float64) for name, array in arrays.items()}
    outputs = mlp(doubles, 1, apply(folds.table.features[rows], folds.statistics, 1))
    return outputs * folds.statistics.target_scale[1] + folds.statistics.target_center[1]


@pytest.mark.parametrize("task", TASKS)
def test_a_member_predicts_what_numpy_computes_from_its_weights(task):
    study, folds = small("training.precision=64", task=task)
    model, _ = fitted(study, folds, epochs=1)
    judged = gather_logits(folds, model.row_logits, Role.scored, Role.test)
    rows = folds.rows(Role.scored, Role.test)
    assert [len(logits) for logits in judged] == [len(own) for own in rows]
    np.testing.assert_allclose(judged[1], values_of(model, folds, rows[1]), rtol=1e-6, atol=1e-6)
    everything = model(tf.constant(folds.table.features)).numpy()
    np.testing.assert_allclose(everything[1], values_of(model, folds, slice(None)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_the_live_metrics_are_scikit_learns_on_the_validation_rows(task):
    study, folds = small(task=task)
    model, _ = fitted(study, folds, epochs=2)
    rows = folds.rows(Role.validation)[1]
    logits, targets = values_of(model, folds, rows), folds.table.targets[rows]
    single = scores.Scores(logits[None], targets[None], np.ones((1, len(rows))))
    live = model.record(1).validation
    for name, expected in scores.judged_by_sklearn(single, 0, task).items():
        assert live[name][1] == pytest.approx(expected, rel=1e-4, abs=1e-4), name


@pytest.mark.parametrize(("loss", "judge"), UNITS)
def test_the_training_loss_is_the_mean_over_the_rows_in_the_targets_units(loss, judge):
    study, folds = small(f"training.loss={loss}", "model.dropout=0", "optimizer.learning_rate=1e-30", task="regression")
    model, history = fitted(study, folds, epochs=1)
    rows = folds.rows(Role.train)[1]
    expected = judge(values_of(model, folds, rows)[:, 0] - folds.table.targets[rows])
    record = model.record(0)
    assert record.train_loss[1] == pytest.approx(expected, rel=1e-5)
    assert history.history["loss"][0] == pytest.approx(record.summary()["loss/train"], rel=1e-5)


@pytest.mark.parametrize("engine", ["eager", "traced", "compiled"])
def test_compile_and_fit_with_a_stock_callback_train_all_members(engine):
    study, folds = small("optimizer.learning_rate=0.02", f"training.engine={engine}")
    model = FoldModel(study, folds)
    start = model.stack.flat.numpy()
    stop = keras.callbacks.EarlyStopping(monitor="val_auroc", mode="max", patience=2)
    _, history = fitted(study, folds, model, epochs=20, callbacks=[stop])
    assert 2 < len(history.epoch) < 20
    assert (model.stack.flat.numpy() != start).any(1).all()
    assert {"loss", "val_loss", "val_auroc", "val_f1", "val_accuracy"} == set(history.history)
    assert history.history["val_auroc"][-1] > 0.97
    steps = train_dataset(study, folds)[1].steps
    assert int(model.optimizer.iterations) == steps * len(history.epoch)
    found = model.evaluate(evaluation_dataset(folds, Role.validation), verbose=0, return_dict=True)
    assert found == {name: pytest.approx(history.history[f"val_{name}"][-1], rel=1e-6) for name in found}


def test_a_stock_callback_can_lower_the_learning_rate():
    study, folds = small()
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.0 if epoch else 0.01)
    model = FoldModel(study, folds)
    seen = []
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(model.stack.flat.numpy()))
    fitted(study, folds, model, callbacks=[schedule, look])
    assert seen[0].tobytes() == seen[1].tobytes() == seen[2].tobytes()
    assert (seen[0] != 0).any()


def test_an_optimizer_that_knows_no_members_is_refused():
    model = FoldModel(*small())
    for foreign in ("adam", keras.optimizers.Adam()):
        with pytest.raises(ValueError, match=r"FoldModel needs a StackOptimizer.*Received: optimizer="):
            model.compile(foreign)
    model.compile(model.configure_optimizers())
    assert isinstance(model.optimizer, StackOptimizer)


def test_a_training_that_is_taken_up_again_goes_on_as_if_it_had_not_stopped():
    study, folds = small("training.precision=64")
    whole, _ = fitted(study, folds, epochs=4)
    half, _ = fitted(study, folds, epochs=2)
    other = FoldModel(study, folds)
    other.compile()
    other.restore(half.state())
    assert all(other.state()[name].tobytes() == array.tobytes() for name, array in half.state().items())
    fitted(study, folds, other, first=2, epochs=4)
    np.testing.assert_allclose(other.stack.flat.numpy(), whole.stack.flat.numpy(), rtol=1e-12, atol=1e-14)


def test_a_second_fit_and_a_second_validation_forget_the_first():
    study, folds = small("training.max_epochs=1", "optimizer.learning_rate=0.05")
    model, _ = fitted(study, folds, epochs=1)
    first = model.record(0)
    fitted(study, folds, model, epochs=1)
    second = model.record(0)
    assert (second.train_loss < first.train_loss).all()
    assert (second.validation["loss"] != first.validation["loss"]).all()
    data = evaluation_dataset(folds, Role.validation)
    before = model.evaluate(data, verbose=0, return_dict=True)
    model.stack.flat.assign(tf.zeros_like(model.stack.flat.value))
    after = model.evaluate(data, verbose=0, return_dict=True)
    assert before["auroc"] > 0.9
    assert after["auroc"] == 0.5


def test_an_epoch_without_validation_has_no_validation_metrics():
    study, folds = small()
    model, _ = fitted(study, folds, validation_freq=2)
    assert dict(model.record(2).validation) == {}
    assert np.isfinite(model.record(2).train_loss).all()


def test_without_validation_rows_the_training_loss_is_logged():
    study, folds = small("folds.validation_fraction=0", "training.early_stopping=null")
    _, history = fitted(study, folds, epochs=1)
    assert set(history.history) == {"loss"}


def test_finished_members_stay_put_and_the_best_weights_come_back():
    study, folds = small()
    model = FoldModel(study, folds)
    start = model.stack.flat.numpy()
    model.keep_best(np.array([True, False, True]), np.array([True, False, True]))
    fitted(study, folds, model, epochs=2)
    trained = model.stack.flat.numpy()
    assert (trained != start).any(1).tolist() == [True, False, True]
    assert model.record(1).active.tolist() == [True, False, True]
    model.keep_best(np.array([True, False, False]), np.array([True, False, False]))
    model.use_best()
    np.testing.assert_array_equal(model.stack.flat.numpy(), np.stack([trained[0], start[1], start[2]]))


def test_a_member_that_fails_spoils_no_other():
    study, folds = small("training.max_epochs=2")
    clean, poisoned = FoldModel(study, folds), FoldModel(study, folds)
    weights = poisoned.stack.flat.numpy()
    weights[1, 3] = np.nan
    poisoned.stack.flat.assign(weights)
    _, history = fitted(study, folds, poisoned, epochs=2)
    fitted(study, folds, clean, epochs=2)
    assert np.isnan(poisoned.stack.flat.numpy()[1]).any()
    assert poisoned.stack.flat.numpy()[[0, 2]].tobytes() == clean.stack.flat.numpy()[[0, 2]].tobytes()
    assert all(np.isfinite(value) for value in poisoned.record(1).summary().values())
    assert all(np.isfinite(values).all() for values in history.history.values())


def test_a_batch_may_be_larger_than_the_table_and_data_do_not_keep_their_model():
    study, folds = small("training.batch_size=100000")
    model = FoldModel(study, folds)
    model.compile()
    chunks, _ = train_dataset(study, folds)
    model.fit(chunks, initial_epoch=1, epochs=2, verbose=0)
    assert np.isfinite(model.record(1).train_loss).all()
    assert chunks.fold_source.first_epoch() == 0  # not asked of the model any more


def test_its_optimizer_is_the_stacks():
    assert isinstance(FoldModel(*small()).configure_optimizers(), StackOptimizer)


def test_building_a_net_leaves_keras_policy_alone():
    before = keras.config.dtype_policy()
    FoldModel(*small("training.precision=64"))
    assert keras.config.dtype_policy() == before
    assert keras.config.floatx() == "float32"


class Heard(keras.callbacks.Callback):
    """Notes what an evaluation tells a callback."""

    def __init__(self):
        super().__init__()
        self.told = []

    def on_test_begin(self, logs=None):
        self.told.append("begin")

    def on_test_batch_end(self, batch, logs=None):
        self.told.append(batch)

    def on_test_end(self, logs=None):
        self.told.append(logs)


def test_an_evaluation_is_the_same_in_any_batches_and_stock_callbacks_hear_of_it():
    study, folds = small()
    model, _ = fitted(study, folds, epochs=1)
    whole, heard = list(evaluation_dataset(folds, Role.validation)), Heard()
    ((rows, weights),) = whole
    expected = model.evaluate(whole, callbacks=[heard], return_dict=True)
    assert heard.told == ["begin", 0, expected]
    parts = [(rows[:, :10], weights[:, :10]), (rows[:, 10:], weights[:, 10:])]
    assert model.evaluate(parts) == pytest.approx(list(expected.values()), rel=1e-6)
    assert model.evaluate(parts[1:], return_dict=True)["loss"] != pytest.approx(expected["loss"], rel=1e-6)


def test_an_evaluation_by_hand_reads_its_batches_anew_and_fit_once():
    study, folds = small()
    model, _ = fitted(study, folds, epochs=1)
    ((rows, weights),) = evaluation_dataset(folds, Role.validation)
    batches, starts = [(rows[:, :10], weights[:, :10]), (rows[:, 10:], weights[:, 10:])], []

    def generate():
        starts.append(len(batches))
        yield from batches

    signature = tf.TensorSpec((3, None), rows.dtype), tf.TensorSpec((3, None), weights.dtype)
    data = tf.data.Dataset.from_generator(generate, output_signature=signature)
    fitted(study, folds, model, epochs=3, validation_data=data)
    assert starts == [2]
    whole = model.evaluate(data)
    del batches[1]
    first = model.evaluate(data)
    assert first != pytest.approx(whole, rel=1e-6)
    assert starts == [2, 2, 1]


def test_an_evaluation_takes_as_many_steps_as_it_is_told():
    study, folds = small()
    endless = evaluation_dataset(folds, Role.validation).repeat()
    model, history = fitted(study, folds, epochs=1, validation_data=endless, validation_steps=1)
    judged = model.evaluate(evaluation_dataset(folds, Role.validation), return_dict=True)
    assert history.history["val_loss"] == [pytest.approx(judged["loss"], rel=1e-6)]
    assert model.evaluate(endless, steps=1, return_dict=True) == pytest.approx(judged, rel=1e-6)


def test_a_loss_that_gives_a_mean_is_refused_with_its_file(monkeypatch):
    file = "tf_models.losses.squared.row_losses"
    monkeypatch.setattr(file, lambda logits, targets: (logits[..., 0] - targets)[:, 0])
    study, folds = small("training.loss=squared", task="regression")
    with pytest.raises(ValueError, match=r"^tf_models/losses/squared.py: gives \(1,\) for 1 member of 2 rows"):
        FoldModel(study, folds)
