"""Keras's own features on a stack: every row of Keras's table in `docs/frameworks.md` is tried here."""

import copy
import csv
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from frameworks_table import Feature, assert_documented
from small import small
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from datamodules.tensorflow import evaluation_dataset, train_dataset
from experiment.nets.net_check import CheckedNet
from experiment.rules.early_stopping import EarlyStoppingRule
from tf_models.callbacks.early_stopping import KFoldEarlyStopping
from tf_models.fit import check
from tf_models.module import FoldModel

callbacks = keras.callbacks
Try = Callable[[Path], None]


@cache
def case(*overrides: str) -> tuple[Study, FoldData, CheckedNet]:
    """A study, its folds and its net, which is tried once for all models."""
    study, folds = small(*(overrides or ("training.steps_per_execution=4",)))
    return study, folds, check(study, folds)


def new(*overrides: str, **settings) -> FoldModel:
    model = FoldModel(*case(*overrides))
    model.compile(**settings)
    return model


@cache
def trained() -> FoldModel:
    """A model that no test may change."""
    model = new()
    fit(model)
    return model


def fit(model: FoldModel, *more: callbacks.Callback, epochs: int = 2, **settings) -> dict[str, list[float]]:
    """Keras's history of an ordinary `fit`."""
    chunks, _ = train_dataset(model.study, model.folds)
    given = {"x": chunks, "validation_data": held_out(model.folds), "callbacks": list(more)} | settings
    return model.fit(epochs=epochs, verbose=0, **given).history


def held_out(folds: FoldData) -> tf.data.Dataset:
    return evaluation_dataset(folds, Role.validation)


def weights(model: FoldModel) -> np.ndarray:
    return model.stack.flat.numpy()


def raw() -> np.ndarray:
    return case()[1].table.features


def pairs() -> tuple[np.ndarray, np.ndarray]:
    return raw(), case()[1].table.targets


@cache
def other_folds() -> FoldData:
    return small("training.steps_per_execution=4", "seed=7")[1]


def refused(words: str, *attempts: Callable[[], object]) -> Try:
    """Each attempt ends in an error of one line that has the `words`."""

    def try_it(folder: Path) -> None:
        for attempt in attempts:
            with pytest.raises((ValueError, TypeError), match=words) as error:
                attempt()
            assert "\n" not in str(error.value)

    return try_it


def frozen(part: Callable[[FoldModel], keras.Layer]) -> Callable[[], object]:
    def attempt() -> object:
        model = FoldModel(*case()[:2])  # of a net of its own, since it freezes that
        part(model).trainable = False
        model.compile()
        return fit(model)

    return attempt


def in_scope(attempt: Callable[[], object]) -> Callable[[], object]:
    def scoped() -> object:
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            return attempt()

    return scoped


def under_a_policy() -> object:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return new()
    finally:
        keras.config.set_dtype_policy(before)


def overriding(method: str) -> FoldModel:
    model = type("Own", (FoldModel,), {method: lambda self, *_, **__: 0.0})(*case())
    model.compile()
    return model


def setting(name: str, value: object) -> object:
    model = new()
    setattr(model, name, value)
    return fit(model)


def rematerialized() -> object:
    with keras.RematScope("full"):
        return new()


def checked() -> object:
    tf.debugging.enable_check_numerics()
    try:
        return new()
    finally:
        tf.debugging.disable_check_numerics()


def compiled_by_keras(_: Path) -> None:
    history = fit(new(jit_compile=True, auto_scale_loss=False))
    np.testing.assert_allclose(history["loss"], trained().history.history["loss"], rtol=1e-5)


def fitted_in_parts(_: Path) -> None:
    whole, parts = trained(), new()
    chunks, _ = train_dataset(parts.study, parts.folds)
    for epoch in range(2):
        fit(parts, x=chunks, initial_epoch=epoch, epochs=epoch + 1)
    assert weights(parts).tobytes() == weights(whole).tobytes()


def fitted_to_the_chunks(_: Path) -> None:
    chunks, plan = train_dataset(*case()[:2])
    assert plan.chunks > 1
    counted = []
    count = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: counted.append(batch))
    fit(new(), count, x=chunks.prefetch(2), epochs=1)
    assert counted == list(range(plan.chunks))
    words = f"an epoch of these folds has {plan.chunks} batches; leave out steps_per_epoch"
    refused(words, lambda: fit(new(), steps_per_epoch=plan.chunks - 1))(Path())


def validated_rarely(_: Path) -> None:
    history = fit(new(), epochs=4, validation_freq=2, validation_steps=1)
    assert [len(history[name]) for name in ("loss", "val_loss")] == [4, 2]
    assert history["val_loss"][0] == pytest.approx(trained().history.history["val_loss"][1])


def predicted(_: Path) -> None:
    model, rows = trained(), raw()
    expected = model(rows).numpy()
    assert expected.shape == (3, len(rows), 1)
    batches = tf.data.Dataset.from_tensor_slices(rows).batch(100)
    for found in (
        model.predict(rows, verbose=0),
        model.predict(rows, batch_size=len(rows), verbose=0),
        model.predict(tf.constant(rows), batch_size=100, verbose=0),
        model.predict(batches, verbose=0),
        model.predict_on_batch(rows),
    ):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert model.predict(batches, steps=2, verbose=0).shape == (3, 200, 1)
    np.testing.assert_allclose(model.predict(Rows(), verbose=0), expected[:, :20], atol=1e-6)


class Rows(keras.utils.PyDataset):
    """Two batches of ten raw rows, and their targets."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        return tuple(part[10 * index : 10 * index + 10] for part in pairs())


def predicted_whole_numbers(_: Path) -> None:
    model, rows = trained(), np.arange(4 * raw().shape[1], dtype=np.int32).reshape(4, -1)
    np.testing.assert_allclose(model.predict(rows, verbose=0), model(rows.astype(np.float32)), rtol=1e-6)


def predicted_by_number(_: Path) -> None:
    model = trained()
    found, everything = model.predict(held_out(model.folds).repeat(2), verbose=0), model(raw()).numpy()
    rows = model.folds.rows(Role.validation)
    width = max(map(len, rows))
    assert found.shape == (3, 2 * width, 1)
    for member, own in enumerate(rows):
        np.testing.assert_allclose(found[member, : len(own)], everything[member, own], atol=1e-6)
        np.testing.assert_allclose(found[member, width : width + len(own)], everything[member, own], atol=1e-6)


def called_with_other_weights(_: Path) -> None:
    model, other = new(), trained()
    found, _ = model.stateless_call([weight.value for weight in other.trainable_variables], [], raw())
    np.testing.assert_allclose(found, other(raw()), atol=1e-6)


def evaluated(_: Path) -> None:
    model, data = trained(), held_out(case()[1])
    found = model.evaluate(data, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(model.history.history["val_loss"][-1])
    ((rows, shares),) = data
    halves = [(rows[:, :20], shares[:, :20]), (rows[:, 20:], shares[:, 20:])]
    first = model.evaluate(halves[:1], verbose=0)
    assert first != pytest.approx(list(found.values()))
    stop = callbacks.Callback()
    stop.on_test_batch_end = lambda batch, logs=None: setattr(model, "stop_evaluating", True)
    assert model.evaluate(halves, verbose=0) == pytest.approx(list(found.values()))
    assert model.evaluate(iter(halves), verbose=0, callbacks=[stop]) == pytest.approx(first)
    assert model.evaluate(halves, verbose=0, steps=1) == pytest.approx(first)
    assert model.evaluate(evaluation_dataset(model.folds, Role.train), verbose=0, return_dict=True)["loss"] > 0


def evaluated_on_trained_rows() -> object:
    model = trained()
    ((rows, weights),) = evaluation_dataset(model.folds, Role.train)
    return model.evaluate([(rows, weights)], verbose=0)


def stopped_early(_: Path) -> None:
    seen, model = [], new()
    watch = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((logs["val_loss"], weights(model))))
    worsen = callbacks.LearningRateScheduler(lambda epoch: 1.0 if epoch else 0.01)
    fit(model, worsen, watch, callbacks.EarlyStopping(patience=2, restore_best_weights=True), epochs=9)
    assert len(seen) < 9
    np.testing.assert_array_equal(weights(model), min(seen, key=lambda pair: pair[0])[1])


def scheduled(_: Path) -> None:
    seen, model = [], new()
    watch = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(weights(model)))
    fit(model, callbacks.LearningRateScheduler(lambda epoch: 0.0 if epoch else 0.01), watch, epochs=3)
    assert model.optimizer.learning_rate == 0.0
    model.optimizer.learning_rate = 0.01
    fit(model, watch, epochs=1)
    assert (seen[3] != seen[2]).any()
    assert (seen[0] != weights(new())).any()
    assert seen[0].tobytes() == seen[1].tobytes() == seen[2].tobytes()


def reduced(_: Path) -> None:
    plateau = callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=1e9)
    history = fit(new(), plateau, epochs=4)
    rate = case()[0].optimizer.learning_rate
    np.testing.assert_allclose(history["learning_rate"], [rate, rate, rate / 2, rate / 4])


def by_a_schedule(_: Path) -> None:
    single = "training.steps_per_execution=1"
    schedule = keras.optimizers.schedules.ExponentialDecay(0.02, decay_steps=1, decay_rate=0.9)
    stepped, by_hand = new(single), new(single)
    stepped.optimizer.learning_rate = schedule
    fit(stepped, epochs=1)

    def set_rate(batch: int, logs: dict | None = None) -> None:
        by_hand.optimizer.learning_rate = 0.02 * 0.9**batch

    fit(by_hand, callbacks.LambdaCallback(on_train_batch_begin=set_rate), epochs=1)
    np.testing.assert_allclose(weights(stepped), weights(by_hand), rtol=1e-5, atol=1e-7)


def too_coarse_for_a_schedule() -> object:
    model = new()
    model.optimizer.learning_rate = keras.optimizers.schedules.ExponentialDecay(0.02, 1, 0.9)
    return fit(model)


def checkpointed(folder: Path) -> None:
    model, again = new(), new()
    fit(model, callbacks.ModelCheckpoint(folder / "{epoch}.weights.h5", save_weights_only=True))
    assert sorted(path.name for path in folder.iterdir()) == ["1.weights.h5", "2.weights.h5"]
    again.load_weights(folder / "1.weights.h5")
    fit(again, initial_epoch=1)
    assert weights(again).tobytes() == weights(model).tobytes()
    single = new("training.steps_per_execution=1")
    every = callbacks.ModelCheckpoint(folder / "b{batch}.weights.h5", save_weights_only=True, save_freq=5)
    fit(single, every, epochs=1)
    assert len(list(folder.glob("b*"))) == single.epoch_steps // 5


def interrupted(folder: Path) -> None:
    """Ends with an error in the third epoch, which leaves the backup."""

    def fail(epoch: int, logs: dict | None = None) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(new(), callbacks.BackupAndRestore(folder), callbacks.LambdaCallback(on_epoch_begin=fail), epochs=4)


def restored(folder: Path) -> None:
    interrupted(folder)
    whole, again = new(), new()
    fit(whole, epochs=4)
    history = fit(again, callbacks.BackupAndRestore(folder), epochs=4)
    assert len(history["loss"]) == 2
    assert weights(again).tobytes() == weights(whole).tobytes()


def restored_into_other_folds(folder: Path) -> None:
    interrupted(folder)
    model = FoldModel(case()[0], other_folds())
    model.compile()
    before = weights(model)
    refused("of another fold plan", lambda: fit(model, callbacks.BackupAndRestore(folder)))(folder)
    assert weights(model).tobytes() == before.tobytes()


def shown_in_tensorboard(folder: Path) -> None:
    history = fit(new(), callbacks.TensorBoard(folder, histogram_freq=1))
    events = EventAccumulator(str(folder / "validation")).Reload()
    (tag,) = [tag for tag in events.Tags()["tensors"] if tag == "epoch_loss"]
    shown = [tf.make_ndarray(event.tensor_proto).item() for event in events.Tensors(tag)]
    assert shown == pytest.approx(history["val_loss"])


def logged(folder: Path) -> None:
    mine = Mine()
    history = fit(new(), callbacks.CSVLogger(folder / "log.csv"), mine)
    assert mine.epochs == 2
    with (folder / "log.csv").open() as file:
        assert [float(line["val_auroc"]) for line in csv.DictReader(file)] == pytest.approx(history["val_auroc"])


def terminated(_: Path) -> None:
    model = new()
    for members, epochs in (([0], 3), ([1, 2], 0)):
        poisoned = weights(model)
        poisoned[members] = np.nan
        model.stack.flat.assign(poisoned)
        assert len(fit(model, callbacks.TerminateOnNaN(), epochs=3)["val_loss"][:3]) >= epochs
    assert model.stop_training


def saved_and_loaded(folder: Path) -> None:
    model, again = trained(), new()
    for path, shard in ((folder / "one.weights.h5", None), (folder / "many.weights.json", 1.0)):
        model.save_weights(path, max_shard_size=shard)
        again.load_weights(path)
        assert weights(again).tobytes() == weights(model).tobytes()
        assert all((again.optimizer.slots[name] == slot).numpy().all() for name, slot in model.optimizer.slots.items())
        assert int(again.optimizer.iterations) == int(model.optimizer.iterations)
    again.use_best()
    assert weights(again).tobytes() == weights(model).tobytes()


def loaded_elsewhere(folder: Path) -> None:
    path = folder / "m.weights.h5"
    trained().save_weights(path)
    study, folds, _ = case()
    for words, model in (
        ("is of another fold plan", FoldModel(study, other_folds())),
        ("is of another fold plan", FoldModel(study, folds.subset([1, 0, 2]))),
        (r"trained with other input statistics \(center\)", FoldModel(*small("inputs.scale=none"))),
        ("has the weights of another net", FoldModel(*small("model.hidden=[4,4]"))),
    ):
        before = weights(model)
        refused(f"^{path}: .*{words}", lambda model=model: model.load_weights(path))(folder)
        assert weights(model).tobytes() == before.tobytes()
    with pytest.raises(ValueError, match="is of another fold plan"):
        keras.saving.load_weights(FoldModel(study, other_folds()), path)
    case()[2].built.save_weights(folder / "net.weights.h5")
    refused("holds no fold plan", lambda: new().load_weights(folder / "net.weights.h5"))(folder)
    refused("reads .weights.h5", lambda: new().load_weights(folder / "old.h5"))(folder)
    refused("skip_mismatch", lambda: new().load_weights(path, skip_mismatch=True))(folder)


def resumed_elsewhere() -> object:
    model = FoldModel(case()[0], other_folds())
    model.compile()
    return model.restore(trained().state())


def taken_as_arrays(_: Path) -> None:
    model, again = trained(), new()
    again.set_weights(model.get_weights())
    assert weights(again).tobytes() == weights(model).tobytes()
    last = new()
    last.set_state_tree({"trainable_variables": {last.stack.name: {"flat": weights(model)}}})
    assert weights(last).tobytes() == weights(model).tobytes()


def exported(folder: Path) -> None:
    trained().export(folder / "served")
    served = tf.saved_model.load(folder / "served")
    for rows in (raw(), raw()[:3]):
        np.testing.assert_allclose(served.serve(tf.constant(rows)), trained()(rows), atol=1e-6)


def summed_up(_: Path) -> None:
    lines = []
    trained().summary(print_fn=lines.append)
    one = case()[2].built.count_params() - 2  # the key of its dropout is no parameter of a stack
    assert trained().count_params() == 3 * one
    assert f"{3 * one:,}" in "".join(lines)


class Mine(callbacks.Callback):
    """One's own callback, with settings that are called as those of stock ones."""

    save_freq, save_weights_only, epochs = 2, False, 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.epochs += 1


class OrbaxCheckpoint(callbacks.Callback):
    """Keras's own, as far as the stack looks at it: it needs a package that is not installed here."""


DATASETS = "`train_dataset(study, folds)` and `evaluation_dataset(folds, Role.validation)`"
FEATURES = [
    Feature(
        "`compile(optimizer=)` of Keras's own, or of another model",
        "refused",
        "`compile()`; the study's `optimizer` section",
        refused("StackOptimizer", lambda: new(optimizer="adam"), lambda: new(optimizer=trained().optimizer)),
    ),
    Feature(
        "`compile(loss=, loss_weights=)`, `add_loss`",
        "refused",
        "`training.loss` in the study; one of your own is a file in `tf_models/losses`",
        refused("loss", lambda: new(loss="mse"), lambda: new(loss_weights=[2.0]), lambda: new().add_loss(1.0)),
    ),
    Feature(
        "a `compute_loss` or `compute_metrics` of one's own",
        "refused: by `fit`",
        "a file in `tf_models/losses`, or in `evaluation/metrics`",
        refused(
            "since it is never called",
            lambda: fit(overriding("compute_loss")),
            lambda: fit(overriding("compute_metrics")),
        ),
    ),
    Feature(
        "`compile(metrics=, weighted_metrics=)`",
        "refused",
        "`early_stopping.monitor`; a metric of one's own is a file in `evaluation/metrics`",
        refused(r"metrics=\)", lambda: new(metrics=["accuracy"]), lambda: new(weighted_metrics=["mae"])),
    ),
    Feature(
        "`compile(steps_per_execution=)`",
        "refused",
        "`training.steps_per_execution` in the study",
        refused(
            "training.steps_per_execution in the study",
            lambda: new(steps_per_execution=2),
            lambda: setting("steps_per_execution", 2),
        ),
    ),
    Feature(
        "`compile(run_eagerly=True)`",
        "refused",
        "debug one net, which `build_net` gives",
        refused("run_eagerly", lambda: new(run_eagerly=True), lambda: setting("run_eagerly", True)),
    ),
    Feature("`compile(jit_compile=True)`, `compile(auto_scale_loss=)`", "works", "", compiled_by_keras),
    Feature(
        "`keras.config.set_dtype_policy` of mixed precision",
        "refused",
        "`training.precision=bf16` in the study",
        refused("dtype policy is mixed_bfloat16", under_a_policy),
    ),
    Feature(
        "`MirroredStrategy` and other strategies",
        "refused",
        "make and fit the model outside of the scope",
        refused("strategy", in_scope(new), in_scope(lambda: fit(trained()))),
    ),
    Feature(
        "`keras.RematScope`", "refused", "make the model outside of its scope", refused("RematScope", rematerialized)
    ),
    Feature(
        "`tf.debugging.enable_check_numerics`",
        "refused",
        "`TerminateOnNaN`; a run names the folds that diverge",
        refused("enable_check_numerics", checked),
    ),
    Feature(
        "`fit(initial_epoch=)`, `fit` again with the same data",
        "works: epoch 3 has the row order of epoch 3, whatever was fitted before",
        "",
        fitted_in_parts,
    ),
    Feature(
        "`fit(steps_per_epoch=)`",
        "works: it is the number of chunks, also where it is left out; another number is refused",
        "",
        fitted_to_the_chunks,
    ),
    Feature("`fit(validation_freq=, validation_steps=)`", "works", "", validated_rarely),
    Feature(
        "`fit(X, y)`, `fit((X, y))`, `fit` of any other data",
        "refused",
        DATASETS,
        refused(
            r"train_dataset\(study, folds\)",
            lambda: new().fit(*pairs()),
            lambda: new().fit(pairs()),
            lambda: new().fit(raw()),
            lambda: new().fit(Rows()),
            lambda: new().fit(held_out(case()[1])),
            lambda: new().fit(tf.data.Dataset.from_tensor_slices(pairs()).batch(8)),
            lambda: fit(new(), validation_data=pairs()),
        ),
    ),
    Feature(
        "`fit` and `validation_data` of other folds, or of another batch size",
        "refused",
        "make the data of `model.study` and `model.folds`",
        refused(
            "of another fold plan.*model.folds|batches of 8 rows.*model.study",
            lambda: fit(new(), x=train_dataset(case()[0], other_folds())[0].take(9)),
            lambda: fit(new(), validation_data=held_out(other_folds()).repeat()),
            lambda: fit(new(), x=train_dataset(small("training.batch_size=8")[0], case()[1])[0]),
        ),
    ),
    Feature(
        "`fit(batch_size=, validation_batch_size=, validation_split=)`",
        "refused",
        "`training.batch_size`, `folds.validation_fraction` in the study",
        refused(
            r"fit\((batch_size|validation_batch_size|validation_split)=\)",
            lambda: fit(new(), batch_size=8),
            lambda: fit(new(), validation_batch_size=8),
            lambda: fit(new(), validation_split=0.2),
        ),
    ),
    Feature(
        "`fit(class_weight=, sample_weight=)`, `evaluate(sample_weight=)`",
        "refused",
        "`training.class_weights`, `data.weight` in the study; an evaluation counts every row once",
        refused(
            "set training.class_weights or data.weight in the study|counts every row once",
            lambda: fit(new(), class_weight={0: 1.0, 1: 2.0}),
            lambda: fit(new(), sample_weight=np.ones(9)),
            lambda: trained().evaluate(held_out(case()[1]), sample_weight=np.ones(9)),
        ),
    ),
    Feature(
        "`trainable=False` of the model, the stack, or a layer of the net",
        "refused: by `fit`",
        "leave out `fit`; `evaluate` and `predict` work",
        refused(
            "trainable=False",
            frozen(lambda m: m),
            frozen(lambda m: m.stack),
            frozen(lambda m: next(layer for layer in m.stack.net.layers if layer.weights)),
        ),
    ),
    Feature(
        "`train_on_batch`, `test_on_batch`",
        "refused",
        "`fit`, `evaluate`",
        refused("_on_batch", lambda: new().train_on_batch(*pairs()), lambda: new().test_on_batch(*pairs())),
    ),
    Feature(
        "`predict(X)`, `predict_on_batch(X)`, `model(X)`",
        "works: raw rows `(rows, columns)` give `(members, rows, outputs)`, in batches of any size",
        "",
        predicted,
    ),
    Feature("`predict(X)` of integers", "works: they are raw rows", "", predicted_whole_numbers),
    Feature(
        "`predict(evaluation_dataset(...))`",
        "works: every member's own rows, ascending, padded behind",
        "",
        predicted_by_number,
    ),
    Feature(
        "`predict((X, y))`, other columns, data of other folds",
        "refused",
        "one array of the table's columns",
        refused(
            "one array of raw rows|another fold|for fit alone",
            lambda: trained().predict(pairs()),
            lambda: trained().predict(raw()[:, :3]),
            lambda: trained().predict_on_batch(raw()[0]),
            lambda: trained().predict(held_out(other_folds())),
            lambda: trained().predict(train_dataset(*case()[:2])[0].take(1)),
        ),
    ),
    Feature(
        "`model(X, training=True)`",
        "refused",
        "one net, which `build_net` gives and `load_member` fills",
        refused("training=True", lambda: trained()(raw(), training=True), lambda: trained()(raw(), True)),
    ),
    Feature("`evaluate(evaluation_dataset(...), steps=, callbacks=, verbose=, return_dict=)`", "works", "", evaluated),
    Feature(
        "`evaluate(X, y)`, `evaluate(batch_size=)`, unknown arguments, endless data without `steps`",
        "refused",
        "`evaluation_dataset(folds, Role.scored)`; `predict(X)` for new rows",
        refused(
            "evaluation_dataset|unknown|say how many steps",
            lambda: trained().evaluate(Rows()),
            lambda: trained().evaluate(train_dataset(*case()[:2])[0].take(1)),
            lambda: trained().evaluate(tf.data.Dataset.from_tensor_slices(pairs()).batch(8)),
            lambda: trained().evaluate(held_out(case()[1]).repeat()),
            lambda: fit(new(), validation_data=held_out(case()[1]).repeat()),
            lambda: trained().evaluate(*pairs()),
            lambda: trained().evaluate(raw()),
            lambda: trained().evaluate(pairs()),
            lambda: trained().evaluate(held_out(case()[1]), batch_size=8),
            lambda: trained().evaluate(held_out(case()[1]), unknown=1),
        ),
    ),
    Feature(
        "`evaluate` of other folds, or of batches with rows that a member was trained on",
        "refused",
        "make the data of `model.folds`; `evaluation_dataset(folds, Role.train)` for a training loss",
        refused(
            "another fold plan|was trained on row",
            lambda: trained().evaluate(evaluation_dataset(other_folds(), Role.scored)),
            evaluated_on_trained_rows,
        ),
    ),
    Feature("`EarlyStopping(restore_best_weights=True)`", "works: on the mean over the folds", "", stopped_early),
    Feature("`LearningRateScheduler`, `model.optimizer.learning_rate = ...`", "works", "", scheduled),
    Feature("`ReduceLROnPlateau`", "works", "", reduced),
    Feature(
        "a `LearningRateSchedule` as learning rate",
        "works: where `training.steps_per_execution` is 1",
        "",
        by_a_schedule,
    ),
    Feature(
        "a `LearningRateSchedule` with several steps in a chunk",
        "refused",
        "`training.steps_per_execution=1`, or `LearningRateScheduler`",
        refused("a chunk has 4 steps at one rate", too_coarse_for_a_schedule),
    ),
    Feature("`ModelCheckpoint(save_weights_only=True)`", "works", "", checkpointed),
    Feature(
        "`ModelCheckpoint` of whole models, `OrbaxCheckpoint`",
        "refused: before the first epoch",
        "`ModelCheckpoint(save_weights_only=True)`",
        refused(
            "save_weights_only=True",
            lambda: fit(new(), callbacks.ModelCheckpoint("m.keras")),
            lambda: fit(new(), OrbaxCheckpoint()),
        ),
    ),
    Feature(
        "`save_freq`, `update_freq` in batches, with several steps in a chunk",
        "refused",
        "`'epoch'`, or `training.steps_per_execution=1`",
        refused(
            "a batch is a chunk of 4 steps",
            lambda: fit(new(), callbacks.ModelCheckpoint("m.weights.h5", save_weights_only=True, save_freq=5)),
            lambda: fit(new(), callbacks.TensorBoard("logs", update_freq="batch")),
        ),
    ),
    Feature("`BackupAndRestore`", "works: with the row order of the epoch that it goes on with", "", restored),
    Feature(
        "`BackupAndRestore` of other folds",
        "refused",
        "a `backup_dir` for each study",
        restored_into_other_folds,
    ),
    Feature(
        "`BackupAndRestore(save_freq=)` in batches, or beside `KFoldEarlyStopping`",
        "refused",
        "`save_freq='epoch'`; `KFoldCheckpoint`",
        refused(
            "save_freq='epoch'|use KFoldCheckpoint",
            lambda: fit(new(), callbacks.BackupAndRestore("backup", save_freq=3)),
            lambda: fit(new(), callbacks.BackupAndRestore("b"), KFoldEarlyStopping(EarlyStoppingRule(3, "loss", 2))),
        ),
    ),
    Feature("`TensorBoard`", "works", "", shown_in_tensorboard),
    Feature("`CSVLogger`, `LambdaCallback`, `History`, a callback of one's own", "works", "", logged),
    Feature("`TerminateOnNaN`", "works: when no fold has a finite loss any more", "", terminated),
    Feature(
        "`SwapEMAWeights`, `use_ema`",
        "refused",
        "`KFoldEarlyStopping` keeps each fold's best weights",
        refused("^SwapEMAWeights is refused", lambda: fit(new(), callbacks.SwapEMAWeights())),
    ),
    Feature(
        "`save_weights`, `load_weights`",
        "works: the file has the optimizer's state, the input statistics and the fold plan's digest",
        "",
        saved_and_loaded,
    ),
    Feature(
        "`load_weights` of other folds, other inputs, another net; `skip_mismatch=True`",
        "refused: nothing is loaded",
        "train with these folds, or make the `FoldData` that the file was trained with",
        loaded_elsewhere,
    ),
    Feature(
        "`restore` of the state of other folds",
        "refused",
        "start a new run",
        refused("^the state: is of another fold plan", resumed_elsewhere),
    ),
    Feature(
        "`get_weights`, `set_weights`, `get_state_tree`, `set_state_tree`",
        "works: arrays say nothing of their folds, so they are not checked",
        "`save_weights`, `load_weights`",
        taken_as_arrays,
    ),
    Feature(
        '`save("m.keras")`, `to_json`, `get_config`, `from_config`, `clone_model`',
        "refused",
        "`save_weights`, and `load_weights` into `FoldModel(study, folds)`; `export`",
        refused(
            "Keras cannot write down",
            lambda: trained().save("m.keras"),
            lambda: keras.saving.save_model(trained(), "m.keras"),
            lambda: trained().to_json(),
            lambda: trained().get_config(),
            lambda: FoldModel.from_config({}),
            lambda: keras.models.clone_model(trained()),
        ),
    ),
    Feature(
        "`copy`, `deepcopy`, `pickle`",
        "refused",
        "`FoldModel(study, folds)` anew, and `load_weights`",
        refused(
            "^To copy or pickle a FoldModel",
            lambda: copy.copy(trained()),
            lambda: copy.deepcopy(trained()),
            lambda: pickle.dumps(trained()),
        ),
    ),
    Feature("`export(folder)`", "works: a SavedModel of raw rows", "", exported),
    Feature(
        '`export(format="onnx")` and other formats',
        "refused",
        "export a SavedModel, and convert that",
        refused("convert that", lambda: trained().export("m.onnx", format="onnx")),
    ),
    Feature("`summary`, `count_params`", "works: of all members together", "", summed_up),
    Feature(
        "`quantize`",
        "refused",
        "`export`, and quantize that",
        refused("^FoldModel.quantize is refused", lambda: trained().quantize("int8")),
    ),
]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_stock_feature_does_what_the_table_says(feature, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    feature.try_it(tmp_path)


def test_the_table_in_the_documents_is_what_was_tried():
    assert_documented(FEATURES, "keras")
