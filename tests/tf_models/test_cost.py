"""What a net costs, against a count by hand, and that nobody has begun to compute for it."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
import tensorflow as tf
from keras_layers import NETS

from tf_models.cost import net_cost
from tf_models.nets.mlp import build

PROJECT = Path(__file__).parents[2]


def test_a_net_of_dense_layers_by_hand():
    cost = net_cost(lambda: called(build(30, 1, hidden=(64, 32), activation="relu", dropout=0.0), 30), 30)
    kernels, units = 30 * 64 + 64 * 32 + 32, 64 + 32 + 1
    assert cost.weights == kernels + units
    assert cost.flops == 2 * kernels + units  # the biases, too
    assert cost.elements == 3 * (64 + 32) + 2  # products, biases, activations


def called(net, columns):
    net(tf.zeros((2, columns)))
    return net


def test_a_convolution_costs_its_kernel_at_every_place():
    layers = [keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(8, 3), keras.layers.Flatten()]
    cost = net_cost(lambda: called(keras.Sequential([*layers, keras.layers.Dense(10)]), 784), 784)
    places, taps = 26 * 26, 9
    assert cost.flops == 2 * (taps * 8 * places + 8 * places * 10) + 8 * places + 10
    assert cost.elements == 2 * (8 * places + 10)


@pytest.mark.parametrize("name", NETS)
def test_any_net_can_be_counted(name):
    cost = net_cost(lambda: called(NETS[name](), 30), 30)
    assert cost.weights == called(NETS[name](), 30).count_params()
    assert min(cost) > 0


def test_a_process_can_still_choose_its_threads_and_devices_once_the_net_is_counted():
    program = """
import tensorflow as tf
from small import small
from tf_models.fit import prepare
assert prepare(*small()).weights > 0
print(tf.config.threading.get_intra_op_parallelism_threads())
tf.config.threading.set_intra_op_parallelism_threads(3)
tf.config.set_visible_devices([], "CPU")
"""
    paths = os.pathsep.join([str(PROJECT), str(PROJECT / "tests" / "reference"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
