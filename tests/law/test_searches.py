"""A trial of a search is its study alone, in either framework; a search that was killed is one that was not."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_one_study_one_answer import in_own_process
from trajectory import FITS

from experiment.run.framework_directory import FrameworkDirectory
from experiment.search.trials_file import read_trials, trials_file

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


@pytest.mark.slow
@pytest.mark.parametrize("framework", FITS)
def test_a_search_that_is_killed_at_ten_random_moments_ends_like_one_that_was_not(framework, tmp_path):
    program = Path(__file__).with_name("killed.py")
    subprocess.run([sys.executable, program, framework, tmp_path, "10"], check=True)
    whole = FrameworkDirectory(tmp_path / "whole" / framework)
    assert len(read_trials(trials_file(whole))) == 10
    for place in (tmp_path / "killed").iterdir():
        assert_same(whole, FrameworkDirectory(place / framework))


def assert_same(whole: FrameworkDirectory, killed: FrameworkDirectory) -> None:
    one, other = ([trial._replace(seconds=0.0) for trial in read_trials(trials_file(own))] for own in (whole, killed))
    assert one == other
    for own in (whole.root, *sorted((whole.root / "trials").glob("*"))):
        twin = killed.root / own.relative_to(whole.root)
        for name in ("predictions.parquet", "validation.parquet"):
            assert (own / name).read_bytes() == (twin / name).read_bytes()
        members = [json.loads((place / "fits.json").read_text())["members"] for place in (own, twin)]
        assert members[0] == members[1]
    assert len([*(whole.root / "trials").glob("*")]) == len([*(killed.root / "trials").glob("*")])
