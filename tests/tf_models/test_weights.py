import keras
import numpy as np
import pytest
from formulas import mlp, random_arrays
from safetensors.numpy import load_file, save_file

from tf_models.nets.mlp import build
from tf_models.weights import from_arrays, load_member, portable_layout, to_arrays

WIDTHS = [5, 7, 6, 2]
INPUTS = np.random.default_rng(0).normal(size=(9, 5))


def net(activation="relu"):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    made = build(5, 2, hidden=(7, 6), activation=activation)
    keras.config.set_dtype_policy(before)
    made(INPUTS)
    return made


def test_the_names_and_shapes_are_portable():
    layout, _ = portable_layout(net("prelu"))
    shapes = {name: shape[1:] for name, shape in ((n, a.shape) for n, a in random_arrays(WIDTHS, 1).items())}
    slopes = {"activations.0.alpha": (7,), "activations.1.alpha": (6,)}
    assert dict(zip(layout.names, layout.shapes, strict=True)) == shapes | slopes


def test_weights_survive_the_way_there_and_back():
    arrays = random_arrays(WIDTHS, 3)
    layout, _ = portable_layout(net())
    back = to_arrays(keras.Variable(from_arrays(arrays, layout), dtype="float64"), layout)
    assert set(back) == set(arrays)
    assert all(back[name].tobytes() == array.tobytes() for name, array in arrays.items())


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "silu"])
def test_a_member_of_portable_arrays_runs_as_an_ordinary_net(activation, tmp_path):
    save_file(random_arrays(WIDTHS, 3), tmp_path / "weights.safetensors")
    arrays = load_file(tmp_path / "weights.safetensors")
    for member in range(3):
        outputs = load_member(net(activation), arrays, member)(INPUTS)
        np.testing.assert_allclose(outputs, mlp(arrays, member, INPUTS, activation), rtol=1e-12, atol=1e-12)


def test_the_weights_of_another_net_are_refused():
    layout, _ = portable_layout(net())
    arrays = random_arrays(WIDTHS, 3)
    with pytest.raises(ValueError, match=r"the network has \['hidden.0.bias'.*the arrays are \['hidden.0.kernel'\]"):
        from_arrays({"hidden.0.kernel": arrays["hidden.0.kernel"]}, layout)
    with pytest.raises(ValueError, match=r"'hidden.0.kernel' must be \(members, 5, 7\), got \(3, 7, 5\)"):
        from_arrays(arrays | {"hidden.0.kernel": arrays["hidden.0.kernel"].transpose(0, 2, 1)}, layout)


def test_a_layer_norm_has_the_names_of_its_paper():
    net = keras.Sequential([keras.layers.LayerNormalization(name="norm")])
    net.build((2, 4))
    assert portable_layout(net)[0].names == ("norm.gamma", "norm.beta")


@pytest.mark.parametrize("late", [False, True], ids=["when made", "when built"])
def test_a_net_with_a_frozen_layer_is_refused(late):
    first = keras.layers.Dense(4, name="first", trainable=late)
    frozen = keras.Sequential([first, keras.layers.Dense(1, name="second")])
    frozen.build((2, 5))
    first.trainable = False
    with pytest.raises(ValueError, match=r"frozen weights \(first.kernel, first.bias\).*leave out trainable=False"):
        portable_layout(frozen)


class AddsToItsLoss(keras.layers.Layer):
    def call(self, inputs):
        self.add_loss(keras.ops.mean(inputs))
        return inputs


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Dense(1, kernel_regularizer="l2"),
        keras.layers.Dense(1, activity_regularizer="l2"),
        AddsToItsLoss(),
    ],
    ids=["kernel", "activity", "add_loss"],
)
def test_a_net_that_adds_to_its_loss_is_refused(layer):
    adding = keras.Sequential([keras.layers.Dense(2), layer])
    adding(INPUTS)
    with pytest.raises(ValueError, match=r"adds to its loss .*set optimizer.weight_decay instead"):
        portable_layout(adding)


def test_a_net_with_a_constraint_is_refused():
    bound = keras.Sequential([keras.layers.Dense(2, kernel_constraint="non_neg", name="first")])
    bound.build((2, 5))
    with pytest.raises(ValueError, match=r"constraints \(first.kernel\).*leave them out"):
        portable_layout(bound)
