import numpy as np
import pytest

from datamodules.folds import Member
from experiment.initial_weights import draw, initial_weights
from experiment.layout import layout_of

ONE, OTHER = Member(0, 0, 0, 0), Member(0, 0, 1, 0)
LAYOUT = layout_of([("hidden.0.kernel", (30, 20)), ("hidden.0.bias", (20,)), ("output.kernel", (20, 1))])


def test_a_kernel_is_uniform_within_glorots_bound():
    kernel = draw("kernel", (300, 100), ONE)
    bound = np.sqrt(6 / 400)
    assert bound * 0.999 < np.abs(kernel).max() < bound
    assert abs(kernel.mean()) < 5 * bound / np.sqrt(3 * kernel.size)
    assert kernel.var() == pytest.approx(bound**2 / 3, rel=0.02)


def test_a_convolutions_fan_counts_its_receptive_field():
    assert np.abs(draw("kernel", (3, 3, 10, 20), ONE)).max() == pytest.approx(np.sqrt(6 / 270), rel=0.01)


def test_everything_else_starts_at_a_constant():
    starts = {leaf: draw(f"layer.{leaf}", (2,), ONE).tolist() for leaf in ("bias", "beta", "gamma", "alpha")}
    assert starts == {"bias": [0.0] * 2, "beta": [0.0] * 2, "gamma": [1.0] * 2, "alpha": [0.25] * 2}


def test_a_parameter_of_an_unknown_kind_is_refused():
    with pytest.raises(
        ValueError, match=r"'conv.weight': its name must end in one of kernel, bias, beta, gamma.*nn.Linear"
    ):
        draw("conv.weight", (2, 2), ONE)


def test_a_kernel_with_one_axis_is_refused():
    with pytest.raises(
        ValueError, match=r"'scale.kernel' \(4,\) is no kernel.*call it one of bias, beta, gamma, alpha"
    ):
        draw("scale.kernel", (4,), ONE)


def test_a_net_without_weights_is_refused():
    with pytest.raises(ValueError, match="the net has no weights"):
        initial_weights(layout_of([]), [ONE])


def test_a_member_starts_the_same_whoever_else_is_in_the_stack():
    together, alone = initial_weights(LAYOUT, [ONE, OTHER]), initial_weights(LAYOUT, [OTHER])
    np.testing.assert_array_equal(together[1], alone[0])
    assert not np.isclose(together[0], together[1])[:600].any()


def test_a_parameter_starts_the_same_whatever_the_rest_of_the_net():
    kernels = LAYOUT.unflatten(initial_weights(LAYOUT, [ONE]))
    other = layout_of([("output.kernel", (20, 1)), ("new.kernel", (3, 3))])
    np.testing.assert_array_equal(
        other.unflatten(initial_weights(other, [ONE]))["output.kernel"], kernels["output.kernel"]
    )
    assert not np.isclose(kernels["hidden.0.kernel"][0, :, 0], kernels["output.kernel"][0, 0, 0]).any()
