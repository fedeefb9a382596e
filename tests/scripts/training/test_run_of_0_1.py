"""A run that version 0.1 made is judged, shown, compared, predicted with and gone on with; once it says: not verified.

`reference/run_0_1/run` is what commit a637605 wrote for the iris study, 3 folds of 3 epochs, without its page and most
of its event files; `lightning.csv` and `tensorflow.csv` are what its own `predict.py` said of `rows.csv`.
"""

import json
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from experiment.record.board_folder import count_directories, link_runs, shown_parts, write_folds

PROJECT = Path(__file__).resolve().parents[3]
KEPT = PROJECT / "tests" / "reference" / "run_0_1"
TRAINED = ("weights.safetensors", "predictions.parquet", "validation.parquet", "history.jsonl", "fits.json")
CAUSE = "version 0.1 wrote no digests"


@pytest.fixture
def run(tmp_path) -> Path:
    """A copy, where `train.py` would have put it."""
    return shutil.copytree(KEPT / "run", tmp_path / "runs" / "iris" / "2026-11-30_14-10-32")


def call(script, *words) -> subprocess.CompletedProcess:
    command = [sys.executable, str(PROJECT / "scripts" / script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)


def not_verified(run, names="lightning and tensorflow"):
    return f"{run}: weights and predictions of {names} are not verified ({CAUSE})\n"


def scores(run, framework):
    """Every number of the folds, of the rows out of fold, and of the test set."""
    told = json.loads((run / framework / "metrics.json").read_text())
    return {key: told[key] for key in ("folds", "out_of_fold", "test", "baseline") if key in told}


def test_it_is_small_and_holds_no_path_of_a_machine():
    files = [path for path in KEPT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 250_000
    assert not [path for path in files if b"/tmp/" in path.read_bytes() or b"/home/" in path.read_bytes()]


def test_it_is_judged_again_with_the_same_scores_and_gets_the_page_and_the_board_of_today(run):
    said = call("evaluate.py", run)
    assert (said.returncode, said.stderr) == (0, not_verified(run))
    assert "all 3 folds trained, better than the baseline, good fit" in said.stdout
    page = (run / "report.html").read_text()
    assert page.rstrip().endswith("</html>")
    for framework in ("lightning", "tensorflow"):
        before, after = scores(KEPT / "run", framework), scores(run, framework)
        assert len(before) >= 3
        assert_same_numbers(before, after)
    assert not (run / "lightning" / "fold_00").exists()  # what version 0.1 wrote for every fold
    assert count_directories(run) == 4


def assert_same_numbers(before, after, place=""):
    """All that `before` says stands in `after`, which may say more; why a metric is undefined may have other words."""
    if isinstance(before, dict):
        for key, value in before.items():
            assert_same_numbers(value, after[key], f"{place}/{key}")
    elif isinstance(before, list):
        assert len(before) == len(after), place
        for number, (value, other) in enumerate(zip(before, after, strict=True)):
            assert_same_numbers(value, other, f"{place}/{number}")
    elif isinstance(before, float):
        assert after == pytest.approx(before, rel=1e-6, abs=1e-9, nan_ok=True), place
    elif "/reasons/" in place:
        assert isinstance(after, str), place
    else:
        assert after == before, place


def test_its_two_frameworks_are_compared(run):
    said = call("compare.py", run)
    assert (said.returncode, said.stderr) == (0, not_verified(run))
    assert "A and B: practically equivalent in all 9 metrics" in said.stdout


@pytest.mark.slow
@pytest.mark.both_rooms
@pytest.mark.parametrize("framework", ["lightning", "tensorflow"])
def test_it_predicts_what_its_own_version_predicted(run, framework):
    said = call("predict.py", run / framework, KEPT / "rows.csv")
    assert (said.returncode, said.stderr) == (0, not_verified(run, framework))
    texts = {"flower": pl.String}
    now = pl.read_csv(StringIO(said.stdout), schema_overrides=texts)
    then = pl.read_csv(KEPT / f"{framework}.csv", schema_overrides=texts)
    assert now.columns == then.columns
    assert now.select(pl.col(pl.String)).equals(then.select(pl.col(pl.String)))
    np.testing.assert_allclose(now.select(pl.col(pl.Float64)), then.select(pl.col(pl.Float64)), rtol=1e-5, atol=1e-7)


def test_a_board_is_made_of_it_as_a_whole_and_by_fold(run, tmp_path):
    parts = shown_parts([run])
    link_runs(tmp_path / "linked", parts)
    assert count_directories(tmp_path / "linked") == 1  # the one folder of event files that was kept
    write_folds(tmp_path / "folds", parts)
    assert count_directories(tmp_path / "folds") == 6


def test_it_is_resumed_as_a_run_that_is_done_and_an_older_version_judged(run):
    trained = {path: path.read_bytes() for path in run.rglob("*") if path.name in TRAINED}
    said = call("train.py", "--resume", run)
    assert (said.returncode, said.stderr) == (0, not_verified(run))
    assert "an older twinfold judged this run and gave it no status" in said.stdout
    assert (run / "report.html").is_file()
    assert {path: path.read_bytes() for path in trained} == trained


@pytest.mark.slow
def test_a_framework_that_it_did_not_finish_is_trained_and_agrees_with_the_one_it_did(run):
    shutil.rmtree(run / "tensorflow")
    (run / "DONE").unlink()
    lightning = {name: (run / "lightning" / name).read_bytes() for name in TRAINED}
    said = call("train.py", "--resume", run)
    assert (said.returncode, said.stderr) == (0, not_verified(run, "lightning"))
    assert (run / "DONE").is_file()
    assert {name: (run / "lightning" / name).read_bytes() for name in TRAINED} == lightning
    compared = call("compare.py", run)
    assert (compared.returncode, compared.stderr) == (0, not_verified(run, "lightning"))
    assert "A and B: practically equivalent in all 9 metrics" in compared.stdout
