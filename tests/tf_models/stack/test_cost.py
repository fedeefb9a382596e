"""What a net costs, against a count by hand, and that threads are chosen before anything is computed."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
import tensorflow as tf
from keras_layers import NETS

from tf_models.inspection.cost import net_cost
from tf_models.nets.mlp import build

PROJECT = Path(__file__).parents[3]


def test_a_net_of_dense_layers_by_hand():
    cost = net_cost(called(build(30, 1, hidden=(64, 32), activation="relu", dropout=0.0), 30), 30)
    kernels, units = 30 * 64 + 64 * 32 + 32, 64 + 32 + 1
    assert cost.weights == kernels + units
    assert cost.elements == 3 * (64 + 32) + 2  # products, biases, activations


def called(net, columns):
    net(tf.zeros((2, columns)))
    return net


def test_a_convolution_costs_its_maps():
    layers = [keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(8, 3), keras.layers.Flatten()]
    cost = net_cost(called(keras.Sequential([*layers, keras.layers.Dense(10)]), 784), 784)
    places = 26 * 26
    assert cost.elements == 2 * (8 * places + 10)


@pytest.mark.parametrize("name", NETS)
def test_any_net_can_be_counted(name):
    cost = net_cost(called(NETS[name](), 30), 30)
    assert cost.weights == called(NETS[name](), 30).count_params()
    assert cost.elements > 0


def test_casts_of_weights_are_no_part_of_a_row():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    net = called(build(30, 1, hidden=(64, 32), activation="relu", dropout=0.0), 30)
    keras.config.set_dtype_policy(policy)
    assert net_cost(net, 30).elements < 5 * (30 + 64 + 32 + 1)


@pytest.mark.slow
def test_a_process_takes_the_cores_that_it_may_use_and_nothing_before_it_has_chosen():
    program = """
import tensorflow as tf
from small import small
from tf_models import fit
tf.config.set_visible_devices([], "GPU")
fit.num_cores = lambda: 3
net, cost = fit.prepare(*small())
print(tf.config.threading.get_intra_op_parallelism_threads())
"""
    paths = os.pathsep.join([str(PROJECT), str(PROJECT / "tests" / "reference"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr
