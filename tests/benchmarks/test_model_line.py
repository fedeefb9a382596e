import numpy as np
import pytest

from benchmarks.model_line import ModelLine, fit_line

SIZES = (1, 2, 5, 10, 50, 200)


def test_the_line_is_found_again_from_its_own_numbers():
    line = fit_line({size: 4e-4 + size * 2.5e-5 for size in SIZES})
    assert line == pytest.approx((4e-4, 2.5e-5), rel=1e-9)
    assert line.ratio(10) == pytest.approx(6.5e-4 / 4.25e-4)
    assert line.free_members == pytest.approx(16.0)


def test_a_large_stack_does_not_drown_the_small_ones():
    noise = np.random.default_rng(0)
    measured = {size: (4e-4 + size * 2.5e-5) * noise.normal(1.0, 0.03) for size in SIZES}
    assert fit_line(measured).seconds(1) == pytest.approx(4.25e-4, rel=0.1)


@pytest.mark.parametrize(("measured", "expected"), [
    ({1: 1e-3, 10: 0.9e-3}, (0.95e-3, 0.0)),
    ({1: 1e-3, 10: 12e-3}, (0.0, 1.1e-3)),
])  # fmt: skip
def test_neither_part_is_negative(measured, expected):
    assert fit_line(measured) == pytest.approx(expected, rel=0.1, abs=1e-12)


def test_one_size_is_no_line():
    with pytest.raises(ValueError, match=r"two sizes. Received: \[3\]"):
        fit_line({3: 1.0})


def test_members_that_cost_nothing_are_all_free():
    assert ModelLine(1.0, 0.0).free_members == float("inf")
