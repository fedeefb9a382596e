import numpy as np
import pytest

from experiment.nets.layout import layout_of

LAYOUT = layout_of([("a", (2, 3)), ("b", (3,)), ("c", (1, 1, 2))])


def test_named_arrays_survive_the_way_there_and_back():
    flat = np.arange(2.0 * LAYOUT.size).reshape(2, -1)
    arrays = LAYOUT.unflatten(flat)
    assert {name: array.shape for name, array in arrays.items()} == {"a": (2, 2, 3), "b": (2, 3), "c": (2, 1, 1, 2)}
    assert arrays["b"][1].tolist() == [17.0, 18.0, 19.0]
    np.testing.assert_array_equal(LAYOUT.flatten(dict(reversed(arrays.items()))), flat)


def test_other_names_and_other_shapes_are_refused():
    arrays = LAYOUT.unflatten(np.zeros((2, LAYOUT.size)))
    with pytest.raises(ValueError, match=r"the network has \['a', 'b', 'c'\], the arrays are \['a', 'b'\]"):
        LAYOUT.flatten({name: arrays[name] for name in ("a", "b")})
    with pytest.raises(ValueError, match=r"'b' must be \(members, 3\), got \(2, 4\)"):
        LAYOUT.flatten(arrays | {"b": np.zeros((2, 4))})


def test_two_parameters_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"parameters share a name \(a\); give every layer a name"):
        layout_of([("a", (1,)), ("b", (1,)), ("a", (2,))])
