"""Members that differ in all of their settings are those of each study alone, and the same in both frameworks."""

import numpy as np
import pytest
from test_one_study_one_answer import in_own_process
from trajectory import FITS

BOUNDS = {("64", "sgd"): 1e-10, ("64", "adam"): 1e-7, ("32", "adamw"): 1e-4}


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "way"), BOUNDS, ids=str)
def test_trials_in_one_stack_are_those_of_each_study_alone_in_both_frameworks(precision, way, tmp_path):
    overrides = (
        f"optimizer.name={way}",
        f"training.precision={precision}",
        *["optimizer.momentum=0.9"] * (way == "sgd"),
    )
    found = {framework: in_own_process(framework, tmp_path, overrides, "settings.py") for framework in FITS}
    bound = BOUNDS[precision, way]
    for arrays in found.values():
        alone = [name for name in arrays if not name.startswith("together")]
        assert len(alone) == 6 + 2 + 9  # weights, epochs twice, and the logits of each member
        for name in alone:
            np.testing.assert_allclose(arrays[f"together {name}"], arrays[name], rtol=0, atol=bound)
        assert len(set(arrays["epochs"].tolist())) >= 3
        assert arrays["epochs"].max() == 7
        assert {9, 8, 4} <= set(arrays["together sizes"].tolist())  # who has finished has left the stack
    for name, array in found["lightning"].items():
        # A logit near 0 is a sum of large terms where others are large: it is rounded in proportion to those.
        scale = max(1.0, float(np.abs(array).max())) if "logits" in name else 1.0
        np.testing.assert_allclose(array, found["tensorflow"][name], rtol=0, atol=bound * scale)
