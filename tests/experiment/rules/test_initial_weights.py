import numpy as np
import pytest
from scipy.stats import kstest

from configs.member import Member
from experiment.nets.layout import layout_of
from experiment.rules.initial_weights import draw, initial_weights

ONE, OTHER = Member(0, 0, 0, 0), Member(0, 0, 1, 0)
LAYOUT = layout_of([("hidden.0.kernel", (30, 20)), ("hidden.0.bias", (20,)), ("output.kernel", (20, 1))])
WORDS = ("words.embeddings", (5, 3))


def test_a_kernel_is_uniform_within_glorots_bound():
    kernel = draw("kernel", (300, 100), ONE)
    bound = np.sqrt(6 / 400)
    assert bound * 0.999 < np.abs(kernel).max() < bound
    assert abs(kernel.mean()) < 5 * bound / np.sqrt(3 * kernel.size)
    assert kernel.var() == pytest.approx(bound**2 / 3, rel=0.02)


def test_a_convolutions_fan_counts_its_receptive_field():
    assert np.abs(draw("kernel", (3, 3, 10, 20), ONE)).max() == pytest.approx(np.sqrt(6 / 270), rel=0.01)


def test_a_unit_of_a_group_counts_what_it_is_given():
    """Of 30 channels in 3 groups ten; what leaves a channel is counted over all groups, as in both frameworks."""
    assert np.abs(draw("kernel", (3, 3, 10, 21), ONE)).max() == pytest.approx(np.sqrt(6 / 279), rel=0.01)


def test_an_embedding_is_standard_normal():
    embeddings = draw("words.embeddings", (200, 50), ONE)
    assert kstest(embeddings.ravel(), "norm").pvalue > 0.01


def test_everything_else_starts_at_a_constant():
    starts = {"bias": 0.0, "beta": 0.0, "gamma": 1.0, "scale": 1.0, "alpha": 0.25}
    assert {leaf: draw(f"layer.{leaf}", (2,), ONE).tolist() for leaf in starts} == {
        leaf: [start] * 2 for leaf, start in starts.items()
    }


def test_a_parameter_of_an_unknown_kind_is_refused():
    with pytest.raises(
        ValueError,
        match=r"'conv.weight': its name must end in one of kernel, embeddings, bias.*nn.Linear, Conv1d.*Conv1D",
    ):
        draw("conv.weight", (2, 2), ONE)


def test_a_kernel_with_one_axis_is_refused():
    with pytest.raises(
        ValueError, match=r"'scale.kernel' \(4,\) is no kernel.*call it one of bias, beta, gamma, scale, alpha"
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


def test_an_embedding_starts_the_same_whatever_the_rest_of_the_net():
    layouts = [layout_of([WORDS]), layout_of([("conv.kernel", (3, 2, 2)), WORDS, ("more.embeddings", (5, 3))])]
    one, other = (layout.unflatten(initial_weights(layout, [ONE])) for layout in layouts)
    np.testing.assert_array_equal(one["words.embeddings"], other["words.embeddings"])
    assert not np.isclose(other["more.embeddings"], other["words.embeddings"]).any()
