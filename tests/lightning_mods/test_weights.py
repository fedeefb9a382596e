import numpy as np
import pytest
import torch
from formulas import mlp, random_arrays
from safetensors.numpy import load_file, save_file
from torch import nn

from lightning_mods.nets.mlp import build
from lightning_mods.weights import from_arrays, load_member, portable_layout, to_arrays

WIDTHS = [5, 7, 6, 2]
INPUTS = np.random.default_rng(0).normal(size=(9, 5))


def net(activation="relu"):
    return build(5, 2, hidden=(7, 6), activation=activation).double().eval()


def test_the_names_and_shapes_are_portable():
    layout, _ = portable_layout(net("prelu"))
    shapes = {name: shape[1:] for name, shape in ((n, a.shape) for n, a in random_arrays(WIDTHS, 1).items())}
    slopes = {"activations.0.alpha": (7,), "activations.1.alpha": (6,)}
    assert dict(zip(layout.names, layout.shapes, strict=True)) == shapes | slopes


def test_weights_survive_the_way_there_and_back():
    arrays = random_arrays(WIDTHS, 3)
    layout, _ = portable_layout(net())
    back = to_arrays(torch.tensor(from_arrays(arrays, layout)), layout)
    assert set(back) == set(arrays)
    assert all(back[name].tobytes() == array.tobytes() for name, array in arrays.items())


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "silu"])
def test_a_member_of_portable_arrays_runs_as_an_ordinary_net(activation, tmp_path):
    save_file(random_arrays(WIDTHS, 3), tmp_path / "weights.safetensors")
    arrays = load_file(tmp_path / "weights.safetensors")
    for member in range(3):
        loaded = load_member(net(activation), arrays, member)
        outputs = loaded(torch.tensor(INPUTS)).detach()
        np.testing.assert_allclose(outputs, mlp(arrays, member, INPUTS, activation), rtol=1e-12, atol=1e-12)


def test_the_weights_of_another_net_are_refused():
    layout, _ = portable_layout(net())
    arrays = random_arrays(WIDTHS, 3)
    with pytest.raises(ValueError, match=r"the network has \['hidden.0.bias'.*the arrays are \['hidden.0.kernel'\]"):
        from_arrays({"hidden.0.kernel": arrays["hidden.0.kernel"]}, layout)
    with pytest.raises(ValueError, match=r"'hidden.0.kernel' must be \(members, 5, 7\), got \(3, 7, 5\)"):
        from_arrays(arrays | {"hidden.0.kernel": arrays["hidden.0.kernel"].transpose(0, 2, 1)}, layout)


def test_a_layer_norm_has_the_names_of_its_paper():
    layout, _ = portable_layout(nn.ModuleDict({"norm": nn.LayerNorm(4)}))
    assert layout.names == ("norm.gamma", "norm.beta")


def test_a_net_with_a_frozen_layer_is_refused():
    frozen = nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 1))
    frozen[0].requires_grad_(False)
    with pytest.raises(ValueError, match=r"frozen weights \(0.weight, 0.bias\).*leave out requires_grad_\(False\)"):
        portable_layout(frozen)
