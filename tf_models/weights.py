"""Conversion of weights to and from portable arrays, by which a network trained in one framework runs in the other."""

from collections.abc import Mapping
from typing import NamedTuple

import keras
from numpy.typing import NDArray

from experiment.nets.layout import Layout, layout_of
from experiment.nets.net_errors import RECURRENT, NetError
from tf_models.private_names import layers_of, made_to_train


class Portable(NamedTuple):
    """A parameter of the net: its `name` here, and which `axes` of its portable form it has, in its order."""

    name: str
    axes: tuple[int, ...]


def path_of(variable: keras.Variable | keras.Layer, net: keras.Model) -> str:
    """The portable name of a variable of `net`, or of a layer: `mlp/hidden.0/kernel` -> `hidden.0.kernel`.

    A layer that was built outside of the net, as those of a functional one are, has a path without it.
    """
    return variable.path.removeprefix(f"{net.name}/").replace("/", ".")


def portable_layout(net: keras.Model) -> tuple[Layout, tuple[Portable, ...]]:
    """The portable layout of a single net, and what each of its entries is called here.

    A kernel is `(..., inputs, units)` in its portable form, as in Keras: the product of a batch with it then needs no
    transposed operand. Raises NetError if a layer cannot be stacked, is frozen, has a constraint or adds to the loss.
    """
    _check(net)
    shapes = [(path_of(variable, net), tuple(variable.shape)) for variable in net.trainable_variables]
    portable = tuple(Portable(variable.path, tuple(range(variable.ndim))) for variable in net.trainable_variables)
    return layout_of(shapes), portable


def _check(net: keras.Model) -> None:
    """Raises NetError for a net that a stack would train otherwise than Keras does."""
    for layer in layers_of(net):
        if isinstance(layer, keras.layers.RNN):
            raise NetError(f"layer '{path_of(layer, net)}' ({type(layer).__name__}) {RECURRENT}")
    # A statistic is made as what is not trained; a frozen weight is made to be trained.
    made = [variable for layer in layers_of(net) for variable in made_to_train(layer)]
    bound = [path_of(variable, net) for variable in made if variable.constraint is not None]
    if bound:
        cause = f"the net has constraints ({', '.join(bound)}), and a stack would not keep them"
        raise NetError(f"{cause}; leave them out, or write them into the net's call")
    if net.losses:
        cause = "the net adds to its loss (a regularizer, or add_loss), and a stack would leave that out"
        raise NetError(f"{cause}; set optimizer.weight_decay instead")
    frozen = list(dict.fromkeys(path_of(variable, net) for variable in made if not variable.trainable))
    if frozen:
        cause = f"the net has frozen weights ({', '.join(frozen)}), and a stack trains every weight"
        raise NetError(f"{cause}; leave out trainable=False")


def to_arrays(flat: keras.Variable, layout: Layout) -> dict[str, NDArray]:
    """Weights of a stack, `(members, size)`, by portable name, each `(members, *shape)`."""
    return layout.unflatten(keras.ops.convert_to_numpy(flat))


def from_arrays(arrays: Mapping[str, NDArray], layout: Layout) -> NDArray:
    """Portable arrays, each `(members, *shape)`, as `(members, size)`. Raises ValueError for a net of another kind."""
    return layout.flatten(arrays)


def load_member(net: keras.Model, arrays: Mapping[str, NDArray], member: int = 0) -> keras.Model:
    """Put one member of portable arrays into an ordinary net, and return it."""
    layout, _ = portable_layout(net)
    row = layout.unflatten(from_arrays(arrays, layout)[member : member + 1])
    for variable, value in zip(net.trainable_variables, row.values(), strict=True):
        variable.assign(value[0])
    return net
