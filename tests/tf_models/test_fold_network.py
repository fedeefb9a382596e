import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from fold_networks import ROUNDING, RUNS, finished, saved, slopes
from infinite_rows import assert_infinite_rows, assert_no_class_of_infinite_rows

from configs.errors import StudyError
from experiment.nets.fold_network import fold_network as of_any_framework
from experiment.run.exit_codes import RunError
from tf_models.fit import fit
from tf_models.fold_network import FoldNetwork, fold_network


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The trained part of a run of `RUNS`, by name."""
    root, made = tmp_path_factory.mktemp("runs"), {}

    def find(name="binary"):
        if name not in made:
            made[name] = finished(root, "tensorflow", fit, name)
        return made[name]

    return find


def of(run, name, fold=1, **settings):
    """The network of a fold, and raw rows that it was scored on."""
    rows, _ = saved(run(name), name, fold)
    return fold_network(run(name).root, fold, **settings), rows


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_the_network_of_a_fold_gives_what_the_run_has_saved_of_it(run, name):
    for fold in (0, 2):
        network, rows = of(run, name, fold)
        _, expected = saved(run(name), name, fold)
        np.testing.assert_allclose(network(rows), expected, **ROUNDING[name])
        np.testing.assert_allclose(network.predict(rows, verbose=0), expected, **ROUNDING[name])


@pytest.mark.parametrize("name", ["binary", "multiclass"])
def test_probabilities_are_those_that_the_run_has_saved(run, name):
    network, rows = of(run, name, probabilities=True)
    _, expected = saved(run(name), name, 1, "probability")
    np.testing.assert_allclose(network(rows), expected, rtol=1e-4, atol=1e-7)


LOADED = """
import sys
import numpy as np
import tensorflow as tf
folder = sys.argv[1]
rows = np.load(f"{folder}/rows.npy")
loaded = tf.saved_model.load(f"{folder}/exported")
exported = loaded.serve(rows).numpy()
assert not {"tf_models", "experiment", "torch"} & {name.partition(".")[0] for name in sys.modules}
import keras
import tf_models.fold_network
whole = keras.saving.load_model(f"{folder}/network.keras").predict(rows, verbose=0)
assert "torch" not in sys.modules
np.save(f"{folder}/outputs.npy", [exported, whole])
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["binary", "regression"])
def test_a_saved_network_gives_the_same_in_a_new_process(run, tmp_path, name):
    network, rows = of(run, name)
    rows = rows.astype(network.compute_dtype)
    np.save(tmp_path / "rows.npy", rows)
    network.save(tmp_path / "network.keras")
    network.export(tmp_path / "exported", verbose=False)
    subprocess.run([sys.executable, "-c", LOADED, str(tmp_path)], check=True, capture_output=True)
    for outputs in np.load(tmp_path / "outputs.npy"):
        np.testing.assert_allclose(outputs, network(rows), rtol=1e-6, atol=1e-6)


def test_its_gradient_at_raw_rows_is_the_slope_of_what_it_gives(run):
    network, rows = of(run, "regression")
    rows = tf.constant(rows[:5], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        outputs = network(rows)
    expected = slopes(lambda moved: network(tf.constant(moved)).numpy(), rows.numpy(), 10)
    np.testing.assert_allclose(tape.gradient(outputs, rows), expected, rtol=1e-5, atol=1e-6)


def test_an_ordinary_fit_trains_its_net_with_ordinary_dropout_and_nothing_else(run):
    network, rows = of(run, "binary")
    before = [variable.numpy() for variable in network.variables]
    np.testing.assert_array_equal(network(rows), network(rows))
    assert (network(rows, training=True).numpy() != network(rows, training=True).numpy()).any()
    network.compile(keras.optimizers.SGD(0.1), keras.losses.BinaryCrossentropy(from_logits=True))
    network.fit(rows, np.ones(len(rows)), epochs=1, verbose=0)
    changed = [(one.numpy() != other).any() for one, other in zip(network.variables, before, strict=True)]
    assert changed == [variable.trainable for variable in network.variables]
    assert sum(changed) == 4


def test_it_is_found_by_the_run_and_by_the_part_of_its_framework(run):
    whole, part = run("binary").root.parent, run("binary").root
    for found in (of_any_framework(whole, 1), of_any_framework(str(part), 1), fold_network(whole, 1)):
        assert isinstance(found, FoldNetwork)
        np.testing.assert_array_equal(found.get_weights()[0], fold_network(part, 1).get_weights()[0])


def test_a_fold_that_is_not_there_and_another_frameworks_run_are_told_in_a_line(run, tmp_path):
    part = run("binary").root
    with pytest.raises(StudyError, match=r"^breast_cancer: fold 3 is not in this run; its folds are 0, 1, 2$"):
        fold_network(part, 3)
    with pytest.raises(RunError, match="the study does not train lightning; give "):
        of_any_framework(part.parent / "lightning", 1)
    with pytest.raises(RunError, match="is not a run directory"):
        fold_network(tmp_path, 1)


@pytest.mark.slow
def test_infinite_values_given_as_arrays_are_missing_or_answered_by_nan_and_never_by_a_number():
    assert_infinite_rows("tf_models")
    assert_no_class_of_infinite_rows("tf_models")
