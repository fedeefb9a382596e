"""What each framework makes of the same layers: outputs at the same weights, and weights after some 50 steps.

Usage: python tests/law/layers.py FRAMEWORK OUT.npz key=value ...
"""

import sys
from importlib import import_module
from pathlib import Path
from zlib import crc32

import numpy as np
from trajectory import FITS, trajectory

from experiment.nets.layout import Layout

NETS = {"lightning": "torch_layers", "tensorflow": "keras_layers"}
INPUTS = np.random.default_rng(0).normal(size=(9, 30))


def random_arrays(layout: Layout) -> dict[str, np.ndarray]:
    """Portable arrays of one member, each a function of its name."""
    named = zip(layout.names, layout.shapes, strict=True)
    return {name: np.random.default_rng(crc32(name.encode())).normal(size=(1, *shape)) for name, shape in named}


def outputs_of(framework: str) -> dict[str, np.ndarray]:
    """Of each net of the tests, as an ordinary net of its framework in float64."""
    room, _, _ = FITS[framework].partition(".")
    weights, nets = import_module(f"{room}.weights"), import_module(NETS[framework]).NETS
    run = {"lightning": _in_torch, "tensorflow": _in_keras}[framework]
    return {f"{name}: outputs": run(net, weights) for name, net in nets.items()}


def _in_torch(make, weights) -> np.ndarray:
    torch = import_module("torch")
    net = make().double()
    weights.load_member(net, random_arrays(weights.portable_layout(net)[0]))
    return net(torch.as_tensor(INPUTS)).detach().numpy()


def _in_keras(make, weights) -> np.ndarray:
    keras = import_module("keras")
    keras.config.set_dtype_policy("float64")
    net = make()
    net(INPUTS)
    weights.load_member(net, random_arrays(weights.portable_layout(net)[0]))
    return net(INPUTS).numpy()


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1] / "reference"))
    framework, out, *overrides = sys.argv[1:]
    trained = trajectory(framework, overrides, net=NETS[framework])
    np.savez(out, **trained, **outputs_of(framework))
