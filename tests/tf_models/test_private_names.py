"""Each private name of Keras and TensorFlow does what it is used for: what fails here, a new version has changed."""

import runpy
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.backend.common import remat
from private_names import own_names, sources

from experiment.run.exit_codes import RunError
from tf_models import private_names as names
from tf_models.module import FoldModel


def test_keras_counts_layers_of_a_name_where_the_counts_are_taken():
    before = names.take_name_counts()
    try:
        assert [keras.layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
    finally:
        counted = names.take_name_counts(before)
    assert counted["dense"] == 2
    assert names.take_name_counts(before) is before


def test_all_layers_of_a_net_are_found_and_the_weights_that_they_were_made_to_train():
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), keras.layers.BatchNormalization()])
    net = keras.Sequential([keras.Input((2,)), inner])
    found = names.layers_of(net)
    assert {net, inner, *inner.layers} <= set(found)
    inner.trainable = False
    made = [variable.path.split("/")[-1] for layer in found for variable in names.made_to_train(layer)]
    assert sorted(made) == ["beta", "bias", "gamma", "kernel"]


def test_the_mode_of_a_scope_that_computes_anew_is_known():
    assert names.remat_mode() is None
    with keras.RematScope(mode="full"):
        assert names.remat_mode() is not None


def test_fit_asks_evaluate_by_an_argument_and_goes_on_with_the_epoch_that_was_restored(tmp_path):
    asked, epochs = [], []

    class Asked(keras.Sequential):
        def evaluate(self, *data, **settings):
            asked.append(settings[names.CACHED])
            return super().evaluate(*data, **settings)

    model = Asked([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch))
    rows = np.ones((4, 2)), np.ones((4, 1))
    assert names.restored_epoch(model) is None
    for last in (2, 4):
        model.fit(*rows, validation_data=rows, epochs=last, callbacks=[backup, note], verbose=0)
    assert (asked, epochs) == ([True] * 4, [0, 1, 2, 3])
    assert names.restored_epoch(model) == 2
    names.forget_restored_epoch(model)
    assert names.restored_epoch(model) is None


def test_a_dataset_knows_what_it_is_derived_from():
    one, other = tf.data.Dataset.range(3), tf.data.Dataset.range(3)
    assert names.inputs_of(tf.data.Dataset.zip(one, other)) == [one, other]
    assert names.inputs_of(one.take(2)) == [one]


def test_a_map_asks_the_converter_of_an_operation_that_is_given_what_it_takes():
    before, given = names.CONVERTERS["Relu"], []

    def convert(parts):
        given.append((parts.op.type, parts.input(0).is_stacked, names.in_xla(tf.compat.v1.get_default_graph())))
        return names.stacked(parts.stacked_input(0) * 3.0)

    try:
        names.CONVERTERS["Relu"] = convert
        found = tf.function(lambda x: tf.vectorized_map(tf.nn.relu, x))(tf.constant([[-1.0], [2.0]]))
        tf.function(lambda x: tf.vectorized_map(tf.nn.relu, x), jit_compile=True)(tf.constant([[1.0]]))
    finally:
        names.CONVERTERS["Relu"] = before
    assert found.numpy().tolist() == [[-3.0], [6.0]]
    assert given[0] == ("Relu", True, False)


def test_a_map_under_xla_makes_no_function_around_what_it_makes():
    names.map_without_function()
    mapped = tf.function(lambda x: tf.vectorized_map(lambda one: one * 2.0, x), jit_compile=True)
    graph = mapped.get_concrete_function(tf.constant([[1.0]])).graph.as_graph_def()
    assert not [node.op for node in graph.node if "Call" in node.op]


def test_no_name_of_a_model_is_one_that_keras_has_for_something_else():
    keras_model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    keras_model.compile("sgd", "mse")
    bases = [one for one in FoldModel.__mro__ if one.__module__.startswith(("keras.", "tensorflow."))]
    theirs = {name for base in bases for name in vars(base)} | set(vars(keras_model))
    theirs = {name for name in theirs if name.startswith("_") and not name.startswith("__")}
    assert own_names(sources("tf_models")) & theirs == set()
    with pytest.raises(AttributeError):
        keras_model._no_such_name  # noqa: B018


LACKS = r"^%s \S+ lacks a private name that is used here \(.*\); install the versions of constraints.txt: .*$"
LAYER, MODEL, DATASET = SimpleNamespace(), SimpleNamespace(), SimpleNamespace()
CALLS = {
    "get_global_attribute": ("keras", lambda: names.take_name_counts()),
    "_flatten_layers": ("keras", lambda: names.layers_of(LAYER)),
    "_trainable_variables": ("keras", lambda: names.made_to_train(LAYER)),
    "_initial_epoch": ("keras", lambda: names.restored_epoch(MODEL)),
    "_inputs": ("tensorflow", lambda: names.inputs_of(DATASET)),
    "GraphOrParentsInXlaContext": ("tensorflow", lambda: names.in_xla(tf.Graph())),
    "wrap": ("tensorflow", lambda: names.stacked(tf.constant(0.0))),
    "_is_under_xla_context": ("tensorflow", lambda: names.map_without_function()),
}
OWNERS = [names.global_state, names.control_flow_util, names.control_flow_ops, names.pfor]


@pytest.mark.parametrize("name", CALLS)
def test_a_keras_or_tensorflow_that_lacks_a_name_is_one_line_with_a_cure(name, monkeypatch):
    library, call = CALLS[name]
    for owner in OWNERS:
        monkeypatch.delattr(owner, name, raising=False)
    with pytest.raises(RunError, match=LACKS % library):
        call()


@pytest.mark.parametrize(
    ("library", "owner", "name"),
    [("keras", remat, "get_current_remat_mode"), ("tensorflow", names.pfor, "_pfor_converter_registry")],
)
def test_a_name_that_is_missing_at_the_import_is_one_line_with_a_cure(library, owner, name, monkeypatch):
    monkeypatch.delattr(owner, name)
    with pytest.raises(RunError, match=LACKS % library):
        runpy.run_path(names.__file__)
