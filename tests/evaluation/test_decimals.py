"""One rule for how numbers are written: what is near a bound is not shown as the bound."""

import numpy as np
import pytest

from evaluation.decimals import decimals, percentage


@pytest.mark.parametrize(
    ("value", "behind", "shown"),
    [(1.0, 3, "1.000"), (0.9999, 3, "0.9999"), (0.99996, 4, "0.99996"), (1 - 1e-9, 3, ">0.999999"), (0.95, 3, "0.950"),
     (0.0, 3, "0.000"), (0.0004, 3, "0.0004"), (-0.0004, 3, "-0.0004"), (0.00004, 3, "4.00e-05"), (1e-17, 3, "0.000"),
     (56.6751, 4, "56.675"), (12345.6, 4, "12346"), (2e7, 3, "2.00e+07")],
)  # fmt: skip
def test_a_number_has_the_digits_that_it_needs(value, behind, shown):
    assert decimals(value, behind) == shown


@pytest.mark.parametrize("behind", [2, 3, 4])
def test_no_share_is_rounded_to_a_bound_that_it_does_not_reach(behind):
    for share in np.concatenate([10.0 ** -np.arange(1, 12), 1 - 10.0 ** -np.arange(1, 12)]):
        assert decimals(share, behind) not in (f"{0:.{behind}f}", f"{1:.{behind}f}")
        assert float(percentage(share, behind).strip("<>% ")) not in (0.0, 100.0)


@pytest.mark.parametrize(
    ("share", "behind", "shown"),
    [(0.0, 1, "0.0 %"), (1.0, 1, "100.0 %"), (0.9999, 1, "99.99 %"), (0.0004, 0, "0.04 %"), (0.374, 0, "37 %"),
     (1e-12, 1, "<0.000001 %")],
)  # fmt: skip
def test_only_a_whole_is_a_hundred_percent(share, behind, shown):
    assert percentage(share, behind) == shown
