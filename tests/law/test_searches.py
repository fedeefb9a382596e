"""A trial of a search is its study: alone, and in either framework."""

import numpy as np
import pytest
from test_one_study_one_answer import in_own_process
from trajectory import FITS

BOUND = 1e-7
ALONE = (4, 5)
"""Trials that no other one shares a stack with: another net, fewer columns."""


@pytest.mark.slow
def test_a_trial_has_the_objectives_and_predictions_of_its_study_alone_in_both_frameworks(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend("tests/reference")
    found = {
        framework: in_own_process(framework, tmp_path, ("training.precision=64",), "search.py") for framework in FITS
    }
    for arrays in found.values():
        names = [name.removesuffix(", alone") for name in arrays if name.endswith(", alone")]
        assert len(names) == 12 * 2 + 6 * 3 + 6
        for name in names:
            together, alone = (arrays[f"{name}, {way}"] for way in ("together", "alone"))
            if int(name.split()[0]) in ALONE:
                np.testing.assert_array_equal(together, alone)
            # Logits are float32: their last digit may round either way.
            np.testing.assert_allclose(together, alone, rtol=0, atol=max(BOUND, 2e-7 * np.abs(alone).max()))
        assert [len(arrays[f"{number} members"]) for number in range(12)] == [3] * 6 + [1] * 6
        assert len({arrays[f"{number} epochs, alone"][0].tobytes() for number in range(6)}) >= 3
    for name, array in found["lightning"].items():
        twin = found["tensorflow"][name]
        np.testing.assert_allclose(array, twin, rtol=0, atol=max(BOUND, 1e-6 * np.abs(twin).max()))
